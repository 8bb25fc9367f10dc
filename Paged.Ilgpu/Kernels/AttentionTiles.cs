using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>Tiles of one height, for one launch.</summary>
/// <param name="View">The tiles.</param>
/// <param name="Height">Rows of each.</param>
/// <param name="MostPartitions">Partitions of the longest context among them.</param>
/// <param name="PartitionsPerGroup">How many a group computes, one after the other, where tiles are split; changes no bit of a result.</param>
public readonly record struct AttentionTiles(ArrayView<AttentionTile> View, int Height, int MostPartitions, int PartitionsPerGroup);
