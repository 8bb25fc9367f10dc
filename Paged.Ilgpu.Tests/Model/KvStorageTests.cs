using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Model;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class KvStorageTests(TestBackend backend)
{
    private const int BlockCount = 6;
    private const int SwapBlockCount = 4;

    private static readonly LlamaConfig Config = RandomLlama.Shape(headCount: 2, keyValueHeadCount: 1, headDim: 8, layerCount: 2);

    [Test]
    public void Blocks_that_leave_come_back_wherever_they_are_put_and_touch_no_other()
    {
        using TestDevice device = backend.Open();
        using var storage = new KvStorage(
            device.Accelerator,
            Config,
            ElementType.BFloat16,
            new KvCacheOptions { BlockSize = 4, BlockCount = BlockCount, SwapBlockCount = SwapBlockCount });
        int packetsPerBlock = (int)storage.Packets.Length / BlockCount;
        HostCopy.Upload(storage.Packets, Pool(packetsPerBlock, [0, 1, 2, 3, 4, 5]));

        // The last host block, which has nothing behind it, and the first, which has all the others.
        storage.Move(
        [
            new BlockTransfer(BlockTransferKind.SwapOut, Source: 5, Destination: SwapBlockCount - 1),
            new BlockTransfer(BlockTransferKind.SwapOut, Source: 1, Destination: 0),
            new BlockTransfer(BlockTransferKind.SwapOut, Source: 2, Destination: 1),
        ]);
        HostCopy.Upload(storage.Packets, Pool(packetsPerBlock, [10, 11, 12, 13, 14, 15]));
        storage.Move(
        [
            new BlockTransfer(BlockTransferKind.SwapIn, Source: SwapBlockCount - 1, Destination: 0),
            new BlockTransfer(BlockTransferKind.SwapIn, Source: 0, Destination: 5),
            new BlockTransfer(BlockTransferKind.SwapIn, Source: 1, Destination: 2),
            new BlockTransfer(BlockTransferKind.Copy, Source: 5, Destination: 3),
        ]);

        var packets = new Packet[storage.Packets.Length];
        HostCopy.Download(storage.Packets, packets);
        Assert.That(packets.Select(packet => packet.Word0), Is.EqualTo(
            Pool(packetsPerBlock, [5, 11, 2, 1, 14, 1]).Select(packet => packet.Word0)));
    }

    // Every packet tells its block and its place in it.
    private static Packet[] Pool(int packetsPerBlock, uint[] contents) =>
        [.. contents.SelectMany(content => Enumerable.Range(0, packetsPerBlock).Select(place => new Packet(content << 16 | (uint)place, 0, 0, 0)))];
}
