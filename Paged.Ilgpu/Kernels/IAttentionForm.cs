using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>One form of attention, launched; the parameters are those of <see cref="KernelSet.Attention"/>.</summary>
internal interface IAttentionForm : IDisposable
{
    /// <summary>Launches tiles of one height.</summary>
    void Launch(
        StepView step,
        ArrayView<AttentionTile> tiles,
        int tileHeight,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        ArrayView<Packet> output,
        KvLayout layout,
        AttentionShape shape,
        int layer);
}
