using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

using AttentionLauncher = Action<
    KernelConfig,
    StepView,
    ArrayView<AttentionTile>,
    ArrayView<Packet>,
    ArrayView<Packet>,
    ArrayView<Packet>,
    ArrayView<float>,
    KvLayout,
    AttentionShape,
    int,
    SpecializedValue<int>,
    SpecializedValue<int>>;

/// <summary>The attention kernel at every tile height, launched with the grid that suits it.</summary>
internal sealed class AttentionLaunchers<TKeyValue, TWeight, TInput>(Accelerator accelerator, int groupSize) : IAttentionForm
    where TKeyValue : struct, IElement
    where TWeight : struct, IElement
    where TInput : struct, IElement
{
    private readonly ByTileHeight<AttentionLauncher> _launchers = new(new Loader(accelerator));
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
        _launchers[tiles.Height](
            new KernelConfig(grid, new Index3D(groupSize, 1, 1)),
            step,
            tiles.View,
            queries,
            cache,
            output,
            Scratch((long)grid.Size * AttentionKernel.SharedFloats(tiles.Height, layout.HeadOctets)),
            layout,
            shape,
            layer,
            SpecializedValue.New(layout.HeadOctets),
            SpecializedValue.New(groupSize));
    }

    public void Dispose() => _scratch.Dispose();

    // Grows to the largest step that was seen, and is not used where groups have shared memory.
    private ArrayView<float> Scratch(long floats)
    {
        if (groupSize == 1 && _scratch.Length < floats)
        {
            _scratch.Dispose();
            _scratch = accelerator.Allocate1D<float>(floats);
        }

        return _scratch.View;
    }

    private sealed class Loader(Accelerator accelerator) : ITileLoader<AttentionLauncher>
    {
        public AttentionLauncher Load<TTile>()
            where TTile : struct, IRowTile<TTile> => accelerator.LoadStreamKernel<
                StepView,
                ArrayView<AttentionTile>,
                ArrayView<Packet>,
                ArrayView<Packet>,
                ArrayView<Packet>,
                ArrayView<float>,
                KvLayout,
                AttentionShape,
                int,
                SpecializedValue<int>,
                SpecializedValue<int>>(AttentionKernel.Run<TKeyValue, TWeight, TInput, TTile>);
    }
}
