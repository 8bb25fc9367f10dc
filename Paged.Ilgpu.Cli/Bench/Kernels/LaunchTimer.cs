using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>Times launches on a device, many in a row without waiting in between, and keeps the best of several such series.</summary>
/// <param name="accelerator">The device.</param>
/// <param name="secondsPerMeasurement">How long one measurement may take, roughly.</param>
internal sealed class LaunchTimer(Accelerator accelerator, double secondsPerMeasurement)
{
    private const int Series = 7;
    private const int FewestSeries = 2;

    /// <summary>Seconds of one launch.</summary>
    /// <param name="launch">Enqueues it; told which launch it is, so that each may take other memory.</param>
    public double Seconds(Action<int> launch)
    {
        launch(0); // compiles
        accelerator.Synchronize();
        double once = TimeOf(1, launch);
        int count = (int)Math.Clamp(secondsPerMeasurement / Series / Math.Max(once, 1e-7), 1, 2000);
        double best = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        for (int series = 0; series < FewestSeries || Stopwatch.GetElapsedTime(start).TotalSeconds < secondsPerMeasurement; series++)
            best = Math.Min(best, TimeOf(count, launch) / count);
        return best;
    }

    /// <summary>Seconds that the host takes to queue a launch: a kernel that needs less cannot be timed here.</summary>
    public double SecondsToQueue(ArrayView<Packet> memory)
    {
        const int Launches = 500; // fewer than a device queues before the host must wait
        using MemoryBuffer1D<uint, Stride1D.Dense> sums = accelerator.Allocate1D<uint>(1);
        var kernel = accelerator.LoadStreamKernel<ArrayView<Packet>, ArrayView<uint>, int>(SumKernel.Strided);
        void Launch() => kernel(new KernelConfig(1, 1), memory, sums.View, 1);
        Launch();
        accelerator.Synchronize();
        long start = Stopwatch.GetTimestamp();
        for (int index = 0; index < Launches; index++)
            Launch();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / Launches;
        accelerator.Synchronize();
        return seconds;
    }

    private double TimeOf(int count, Action<int> launch)
    {
        long start = Stopwatch.GetTimestamp();
        for (int index = 0; index < count; index++)
            launch(index);
        accelerator.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
