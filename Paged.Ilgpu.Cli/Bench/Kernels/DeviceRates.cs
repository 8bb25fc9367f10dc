using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>What a device can do at best, measured: the yardsticks of its kernels. Each property is a key of the JSON, in snake_case.</summary>
/// <param name="ReadGigabytesPerSecond">The best summing kernel over at least 512 MB; bytes read only.</param>
/// <param name="MultiplyAddGigaflops">Multiply-adds in registers, float32, two operations each.</param>
internal sealed record DeviceRates(double ReadGigabytesPerSecond, double MultiplyAddGigaflops)
{
    /// <summary>Bytes that are summed, at least: more than any cache holds.</summary>
    public const long BytesToRead = 512L << 20;

    // Items of the summing kernels, all taking as many packets.
    private static readonly (int Groups, int GroupSize)[] Grids = [(16, 1), (64, 1), (256, 1), (1024, 32), (1024, 128), (4096, 256)];

    /// <summary>Measures both.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="timer">What times launches.</param>
    /// <param name="memory">At least <see cref="BytesToRead"/>.</param>
    public static DeviceRates Measure(Accelerator accelerator, LaunchTimer timer, ArrayView<Packet> memory)
    {
        using MemoryBuffer1D<uint, Stride1D.Dense> sums = accelerator.Allocate1D<uint>(8 << 20);
        var strided = accelerator.LoadStreamKernel<ArrayView<Packet>, ArrayView<uint>, int>(SumKernel.Strided);
        var runs = accelerator.LoadStreamKernel<ArrayView<Packet>, ArrayView<uint>, int>(SumKernel.Run);
        double bytesPerSecond = 0;
        foreach ((int groups, int groupSize) in UsableGrids(accelerator))
        {
            int packetsPerItem = (int)(BytesToRead / Packet.SizeInBytes / (groups * groupSize));
            var config = new KernelConfig(new Index3D(groups, 1, 1), new Index3D(groupSize, 1, 1));
            ArrayView<Packet> read = memory.SubView(0, (long)packetsPerItem * groups * groupSize);
            foreach (var kernel in groupSize == 1 ? [runs] : new[] { strided, runs })
                bytesPerSecond = Math.Max(bytesPerSecond, read.LengthInBytes / timer.Seconds(_ => kernel(config, read, sums.View, packetsPerItem)));
        }

        using MemoryBuffer1D<Packet, Stride1D.Dense> results = accelerator.Allocate1D<Packet>(2 << 20);
        var multiplyAdd = accelerator.LoadStreamKernel<ArrayView<Packet>, float, float, int>(MultiplyAddKernel.Run);
        double flopsPerSecond = 0;
        foreach ((int groups, int groupSize) in UsableGrids(accelerator))
        {
            int rounds = accelerator.AcceleratorType == AcceleratorType.CPU ? 16 : Math.Max(512, 1_000_000 / (groups * groupSize));
            var config = new KernelConfig(new Index3D(groups, 1, 1), new Index3D(groupSize, 1, 1));
            double flops = 2.0 * MultiplyAddKernel.Sums * rounds * groups * groupSize;
            flopsPerSecond = Math.Max(flopsPerSecond, flops / timer.Seconds(_ => multiplyAdd(config, results.View, 0.5f, 1, rounds)));
        }

        return new DeviceRates(bytesPerSecond / 1e9, flopsPerSecond / 1e9);
    }

    private static IEnumerable<(int Groups, int GroupSize)> UsableGrids(Accelerator accelerator) =>
        Grids.Where(grid => grid.GroupSize <= accelerator.MaxNumThreadsPerGroup && (accelerator.AcceleratorType != AcceleratorType.CPU || grid.GroupSize == 1));
}
