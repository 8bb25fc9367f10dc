using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>One form of attention, launched; the parameters are those of <see cref="KernelSet.Attention"/>.</summary>
internal interface IAttentionForm : IDisposable
{
    /// <summary>The tiles that it wants.</summary>
    AttentionTiling Tiling { get; }

    /// <summary>Launches tiles of one height.</summary>
    void Launch(
        StepView step,
        AttentionTiles tiles,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        ArrayView<Packet> output,
        AttentionPartials partials,
        KvLayout layout,
        AttentionShape shape,
        int layer);
}
