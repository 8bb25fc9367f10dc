using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class KvLayoutTests(TestBackend backend) : KernelFixture(backend)
{
    private const int Layers = 32;
    private const int Heads = 8;
    private const int HeadDim = 128;

    /// <summary>The offset as a device computes it.</summary>
    public static void Offsets(
        Index1D index,
        ArrayView<int> places, // [index, block, layer, head, slot]
        ArrayView<long> offsets, // [index]
        KvLayout layout) =>
        offsets[index] = layout.KeyOctet(places[4 * index], places[4 * index + 1], places[4 * index + 2], places[4 * index + 3]);

    [Test]
    public void Places_follow_each_other_without_gaps([Values(1, 3)] int blockSize, [Values(6, 8, 80)] int headDim, [Values(1, 2)] int heads)
    {
        var layout = new KvLayout(layerCount: 3, heads, headDim, blockSize);
        long next = 0;
        for (int block = 0; block < 4; block++)
        {
            for (int layer = 0; layer < 3; layer++)
            {
                foreach (bool isValue in (bool[])[false, true])
                {
                    for (int head = 0; head < heads; head++)
                    {
                        for (int slot = 0; slot < blockSize; slot++, next += (headDim + 7) / 8)
                        {
                            long offset = layout.KeyOctet(block, layer, head, slot) + (isValue ? layout.ValueOffset : 0);
                            Assert.That(offset, Is.EqualTo(next), $"block {block}, layer {layer}, value {isValue}, head {head}, slot {slot}");
                        }
                    }
                }
            }
        }

        Assert.That(next, Is.EqualTo(4 * layout.OctetsPerBlock));
    }

    // The shape of an 8B model: 10 million blocks of 16 are 10^13 elements; the naive cache's only block may hold 131,072 slots.
    [TestCase(16, 10_000_000)]
    [TestCase(1, int.MaxValue)]
    [TestCase(131_072, 5_000)]
    public void Places_past_two_to_the_31_elements_are_right_on_the_device(int blockSize, int blockCount)
    {
        var layout = new KvLayout(Layers, Heads, HeadDim, blockSize);
        int[][] places =
        [
            .. from block in (int[])[0, 1, 2_049, blockCount - 2, blockCount - 1]
               from layer in (int[])[0, 1, Layers - 1]
               from head in (int[])[0, Heads - 1]
               from slot in ((int[])[0, blockSize / 2, blockSize - 1]).Distinct()
               where block < blockCount
               select (int[])[block, layer, head, slot],
        ];
        ArrayView<long> offsets = Device.Upload(new long[places.Length]);
        Device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<long>, KvLayout>(Offsets)(
            places.Length, Device.Upload([.. places.SelectMany(place => place)]), offsets, layout);

        Int128[] expected = [.. places.Select(place =>
            ((((Int128)place[0] * Layers + place[1]) * 2 * Heads + place[2]) * blockSize + place[3]) * (HeadDim / Octet.Length))];
        Assert.That(KernelDevice.Download(offsets).Select(offset => (Int128)offset), Is.EqualTo(expected));
        Assert.That(places.Select(place => (Int128)layout.KeyOctet(place[0], place[1], place[2], place[3])), Is.EqualTo(expected));

        // No two overlap, neither their keys nor their values, and none leaves the pool.
        Int128[] rows = [.. expected.Concat(expected.Select(offset => offset + layout.ValueOffset)).Order()];
        Assert.That(rows.Zip(rows.Skip(1), (row, next) => next - row).Min(), Is.GreaterThanOrEqualTo((Int128)layout.HeadOctets));
        Assert.That(rows[^1] + layout.HeadOctets, Is.EqualTo((Int128)layout.OctetsPerBlock * blockCount), "the pool's end");
        Assert.That(rows[^1], Is.GreaterThan((Int128)int.MaxValue), "past 2^31 octets");
    }
}
