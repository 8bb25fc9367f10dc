using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

using AttentionLauncher = Action<
    KernelConfig,
    StepView,
    ArrayView<AttentionTile>,
    ArrayView<Packet>,
    ArrayView<Packet>,
    ArrayView<float>,
    KvLayout,
    AttentionShape,
    int,
    SpecializedValue<int>>;

/// <summary>The attention kernel at every tile height, each loaded when it is first needed.</summary>
internal sealed class AttentionLaunchers<TKeyValue, TWeight>(Accelerator accelerator, int groupSize)
    where TKeyValue : struct, IElement
    where TWeight : struct, IElement
{
    private readonly Lazy<AttentionLauncher> _height1 = new(() => Load<OneRow>(accelerator));
    private readonly Lazy<AttentionLauncher> _height2 = new(() => Load<Pair<OneRow>>(accelerator));
    private readonly Lazy<AttentionLauncher> _height4 = new(() => Load<Pair<Pair<OneRow>>>(accelerator));
    private readonly Lazy<AttentionLauncher> _height8 = new(() => Load<Pair<Pair<Pair<OneRow>>>>(accelerator));
    private readonly Lazy<AttentionLauncher> _height16 = new(() => Load<Pair<Pair<Pair<Pair<OneRow>>>>>(accelerator));

    public void Launch(
        StepView step,
        ArrayView<AttentionTile> tiles,
        int tileHeight,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        ArrayView<float> output,
        KvLayout layout,
        AttentionShape shape,
        int layer)
    {
        var grid = new Index3D(tiles.IntLength, layout.KeyValueHeadCount, 1);
        var shared = SharedMemoryConfig.RequestDynamic<float>(AttentionKernel.SharedFloats(tileHeight, layout.HeadOctets));
        AtHeight(tileHeight)(
            new KernelConfig(grid, new Index3D(groupSize, 1, 1), shared),
            step,
            tiles,
            queries,
            cache,
            output,
            layout,
            shape,
            layer,
            SpecializedValue.New(groupSize));
    }

    private static AttentionLauncher Load<TTile>(Accelerator accelerator)
        where TTile : struct, IRowTile<TTile> => accelerator.LoadStreamKernel<
            StepView,
            ArrayView<AttentionTile>,
            ArrayView<Packet>,
            ArrayView<Packet>,
            ArrayView<float>,
            KvLayout,
            AttentionShape,
            int,
            SpecializedValue<int>>(AttentionKernel.Run<TKeyValue, TWeight, TTile>);

    private AttentionLauncher AtHeight(int height) => height switch
    {
        1 => _height1.Value,
        2 => _height2.Value,
        4 => _height4.Value,
        8 => _height8.Value,
        _ => _height16.Value,
    };
}
