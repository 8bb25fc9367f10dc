using System.Numerics;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Vector;

using VectorAttentionLauncher = Action<
    KernelConfig,
    StepView,
    ArrayView<AttentionTile>,
    ArrayView<float>,
    ArrayView<Packet>,
    ArrayView<Packet>,
    ArrayView<float>,
    KvLayout,
    AttentionShape,
    int,
    SpecializedValue<int>>;

/// <summary>The attention kernel for vector registers at every tile height, each loaded when it is first needed.</summary>
internal sealed class VectorAttentionLaunchers<TKeyValue, TWeight, TInput>(Accelerator accelerator) : IAttentionForm
    where TKeyValue : struct, IElement
    where TWeight : struct, IElement
    where TInput : struct, IElement
{
    private readonly VectorAttentionLauncher?[] _launchers = new VectorAttentionLauncher?[BitOperations.Log2(KernelSet.LargestTileHeight) + 1];
    private MemoryBuffer1D<float, Stride1D.Dense> _scratch = accelerator.Allocate1D<float>(1);

    public AttentionTiling Tiling => AttentionTiling.ByRows;

    public void Launch(
        StepView step,
        AttentionTiles tiles,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        ArrayView<Packet> output,
        AttentionPartials partials,
        KvLayout layout,
        AttentionShape shape,
        int layer)
    {
        var grid = new Index3D(tiles.View.IntLength, layout.KeyValueHeadCount, 1);
        Launcher(tiles.Height)(
            new KernelConfig(grid, new Index3D(1, 1, 1)),
            step,
            tiles.View,
            queries.Cast<float>(),
            cache,
            output,
            Scratch((long)grid.Size * VectorAttentionKernel.ScratchFloats(tiles.Height, layout.HeadOctets)),
            layout,
            shape,
            layer,
            SpecializedValue.New(layout.HeadOctets));
    }

    public void Dispose() => _scratch.Dispose();

    // Grows to the largest step that was seen.
    private ArrayView<float> Scratch(long floats)
    {
        if (_scratch.Length < floats)
        {
            _scratch.Dispose();
            _scratch = accelerator.Allocate1D<float>(floats);
        }

        return _scratch.View;
    }

    private VectorAttentionLauncher Launcher(int height) => _launchers[BitOperations.Log2((uint)height)] ??= height switch
    {
        1 => Load<OctetRow>(),
        2 => Load<OctetRows<OctetRow>>(),
        4 => Load<OctetRows<OctetRows<OctetRow>>>(),
        8 => Load<OctetRows<OctetRows<OctetRows<OctetRow>>>>(),
        _ => Load<OctetRows<OctetRows<OctetRows<OctetRows<OctetRow>>>>>(),
    };

    private VectorAttentionLauncher Load<TTile>()
        where TTile : struct, IOctetTile<TTile> => accelerator.LoadStreamKernel<
            StepView,
            ArrayView<AttentionTile>,
            ArrayView<float>,
            ArrayView<Packet>,
            ArrayView<Packet>,
            ArrayView<float>,
            KvLayout,
            AttentionShape,
            int,
            SpecializedValue<int>>(VectorAttentionKernel.Run<TKeyValue, TWeight, TInput, TTile>);
}
