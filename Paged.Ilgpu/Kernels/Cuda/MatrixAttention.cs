using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

using EightOctets = JoinedOctets<JoinedOctets<OctetPair, OctetPair>, JoinedOctets<OctetPair, OctetPair>>;
using FourOctets = JoinedOctets<OctetPair, OctetPair>;
using LongLauncher = Action<
    KernelConfig,
    StepView,
    ArrayView<AttentionTile>,
    PacketSource,
    PacketSource,
    ArrayView<Packet>,
    KvLayout,
    AttentionShape,
    int>;
using SplitLauncher = Action<
    KernelConfig,
    StepView,
    ArrayView<AttentionTile>,
    PacketSource,
    PacketSource,
    ArrayView<Packet>,
    AttentionPartials,
    KvLayout,
    AttentionShape,
    int,
    int>;

/// <summary>Paged attention on the matrix unit: the kernel for single tokens and the one for longer runs, which give the same bits.</summary>
internal sealed class MatrixAttention<TUnit, TMemory, TInput>(Accelerator accelerator) : IAttentionForm
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TInput : struct, IElement
{
    // By the octets of a head, rounded up to those that there are kernels for.
    private readonly Dictionary<int, (SplitLauncher Split, LongLauncher Long)> _launchers = [];

    public AttentionTiling Tiling => AttentionTiling.ByTokens;

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
        int octets = MatrixHead.OctetsFor(layout.HeadOctets);
        int parts = MatrixHead.PartsFor(layout.HeadOctets);
        if (!_launchers.TryGetValue(octets, out (SplitLauncher Split, LongLauncher Long) launchers))
            _launchers[octets] = launchers = Load(octets);
        int columns = layout.KeyValueHeadCount * parts;
        if (tiles.Height <= TileRows.PerWarp)
        {
            int groups = (tiles.MostPartitions + tiles.PartitionsPerGroup - 1) / tiles.PartitionsPerGroup;
            launchers.Split(
                new KernelConfig(new Index3D(columns, tiles.View.IntLength, groups), new Index3D(SplitAttentionKernel.GroupSize, 1, 1)),
                step,
                tiles.View,
                new PacketSource(queries),
                new PacketSource(cache),
                output,
                partials,
                layout,
                shape,
                layer,
                tiles.PartitionsPerGroup);
            return;
        }

        int groupSize = LongAttentionKernel.TileRowCount / TileRows.PerWarp / parts * MatrixLayout.Lanes;
        launchers.Long(
            new KernelConfig(new Index3D(columns, tiles.View.IntLength * parts, 1), new Index3D(groupSize, 1, 1)),
            step,
            tiles.View,
            new PacketSource(queries),
            new PacketSource(cache),
            output,
            layout,
            shape,
            layer);
    }

    public void Dispose()
    {
    }

    private (SplitLauncher Split, LongLauncher Long) Load(int octets) => octets switch
    {
        8 => Load<EightOctets, WholeHead>(),
        12 => Load<JoinedOctets<EightOctets, FourOctets>, WholeHead>(),
        16 => Load<JoinedOctets<EightOctets, EightOctets>, WholeHead>(),
        _ => Load<JoinedOctets<EightOctets, EightOctets>, HalfHead>(),
    };

    private (SplitLauncher Split, LongLauncher Long) Load<TSums, TParts>()
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts => (
            accelerator.LoadStreamKernel<
                StepView,
                ArrayView<AttentionTile>,
                PacketSource,
                PacketSource,
                ArrayView<Packet>,
                AttentionPartials,
                KvLayout,
                AttentionShape,
                int,
                int>(SplitAttentionKernel.Run<TUnit, TMemory, TInput, TSums, TParts>, SplitAttentionKernel.LaunchBounds),
            accelerator.LoadStreamKernel<
                StepView,
                ArrayView<AttentionTile>,
                PacketSource,
                PacketSource,
                ArrayView<Packet>,
                KvLayout,
                AttentionShape,
                int>(LongAttentionKernel.Run<TUnit, TMemory, TInput, TSums, TParts>, LongAttentionKernel.LaunchBounds<TParts>()));
}
