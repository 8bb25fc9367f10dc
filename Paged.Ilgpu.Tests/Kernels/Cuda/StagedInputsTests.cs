using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

/// <summary>Inputs on their way through shared memory to the matrix unit, by the instructions of CUDA or what stands for them.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfWarps))]
public sealed class StagedInputsTests(TestBackend backend) : KernelFixture(backend)
{
    private const int Lanes = 32, Blocks = 2;

    /// <summary>A warp stages two blocks of eight rows, as the kernels do, and reads them back.</summary>
    public static void StageAndLoad<TMemory>(
        PacketSource inputs, // [block, row, octet]
        ArrayView<Packet> loaded) // [block, lane]
        where TMemory : struct, IPacketMemory
    {
        int lane = Group.IdxX;
        StagedPackets staged = TMemory.Allocate(Blocks * Lanes);
        TMemory.StartCopy(staged, StagedInputs.Place(lane), inputs, lane);
        TMemory.StartSharedCopy(staged, Lanes + StagedInputs.Place(lane), inputs, Lanes + lane, true);
        TMemory.CloseBatch();
        TMemory.Await(0);
        Warp.Barrier();
        int index = StagedInputs.LanePacket(lane);
        loaded[lane] = TMemory.LoadMatrices(staged, index);
        loaded[Lanes + lane] = TMemory.LoadMatrices(staged, Lanes + index);
    }

    [Test]
    public void A_lane_gets_its_pair_of_every_octet()
    {
        var inputs = new Packet[Blocks * Lanes];
        for (int packet = 0; packet < inputs.Length; packet++)
            inputs[packet] = new(Word(packet, 0), Word(packet, 1), Word(packet, 2), Word(packet, 3));
        ArrayView<Packet> loadedOnDevice = Device.Upload(new Packet[inputs.Length]);
        Launch()(new KernelConfig(1, Lanes), new PacketSource(Device.Upload(inputs)), loadedOnDevice);
        Packet[] loaded = KernelDevice.Download(loadedOnDevice);
        for (int index = 0; index < loaded.Length; index++)
        {
            int block = index / Lanes, lane = index % Lanes;
            int row = block * Lanes + lane / 4 * 4; // its first packet
            Packet expected = new(Word(row, lane % 4), Word(row + 1, lane % 4), Word(row + 2, lane % 4), Word(row + 3, lane % 4));
            Assert.That(loaded[index], Is.EqualTo(expected), $"block {block}, lane {lane}");
        }

        static uint Word(int packet, int word) => (uint)(packet << 8 | word);
    }

    [Test]
    public void An_octet_of_eight_rows_lies_in_eight_banks([Values(1, 2)] int stepsPerRow)
    {
        int octets = 4 * stepsPerRow;
        for (int octet = 0; octet < octets; octet++)
        {
            Assert.That(
                Enumerable.Range(0, 8).Select(row => StagedInputs.Place(octets * row + octet, stepsPerRow) % 8), Is.EquivalentTo(Enumerable.Range(0, 8)), $"octet {octet}");
        }
    }

    [Test]
    public void Octets_are_swizzled_by_pairs_of_rows() =>
        Assert.That(
            Enumerable.Range(0, 4 * 128).Select(packet => StagedInputs.Place(packet)),
            Is.EqualTo(Enumerable.Range(0, 4 * 128).Select(packet => packet / 4 * 4 + (packet % 4 ^ packet / 8 % 4))));

    [Test]
    public void Octets_of_two_steps_are_swizzled_by_rows() =>
        Assert.That(
            Enumerable.Range(0, 8 * 128).Select(packet => StagedInputs.Place(packet, stepsPerRow: 2)),
            Is.EqualTo(Enumerable.Range(0, 8 * 128).Select(packet => packet / 8 * 8 + (packet % 8 ^ packet / 8 % 8))));

    private Action<KernelConfig, PacketSource, ArrayView<Packet>> Launch() => Device.Accelerator.AcceleratorType == AcceleratorType.Cuda
        ? Device.Accelerator.LoadStreamKernel<PacketSource, ArrayView<Packet>>(StageAndLoad<PtxPacketMemory>)
        : Device.Accelerator.LoadStreamKernel<PacketSource, ArrayView<Packet>>(StageAndLoad<EmulatedPacketMemory>);
}
