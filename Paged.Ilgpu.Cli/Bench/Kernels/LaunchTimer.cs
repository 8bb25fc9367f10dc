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
    private const double ShortLaunchSeconds = 1e-4;
    private const double MostWarmingSeconds = 0.3;
    private const double HostBoundShare = 0.8;

    /// <summary>Seconds of one launch.</summary>
    /// <param name="launch">Enqueues it; told which launch it is, so that each may take other memory.</param>
    public double Seconds(Action<int> launch)
    {
        launch(0); // compiles
        accelerator.Synchronize();
        double once = TimeOf(1, launch).Seconds;
        int count = (int)Math.Clamp(secondsPerMeasurement / Series / Math.Max(once, 1e-7), 1, 2000);
        double best = double.PositiveInfinity;
        bool isHostBound = false;
        double elapsed = 0;
        long start = Stopwatch.GetTimestamp();
        for (int series = 0; series < FewestSeries || elapsed < secondsPerMeasurement || (isHostBound && elapsed < MostWarmingSeconds); series++)
        {
            (double seconds, double secondsToQueue) = TimeOf(count, launch);
            best = Math.Min(best, seconds / count);

            // .NET compiles the host's part anew, better, once it has run for some tenths of a second: until then a short kernel may wait for its launches.
            isHostBound = once < ShortLaunchSeconds && secondsToQueue > HostBoundShare * seconds;
            elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

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

    private (double Seconds, double SecondsToQueue) TimeOf(int count, Action<int> launch)
    {
        long start = Stopwatch.GetTimestamp();
        for (int index = 0; index < count; index++)
            launch(index);
        double secondsToQueue = Stopwatch.GetElapsedTime(start).TotalSeconds;
        accelerator.Synchronize();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, secondsToQueue);
    }
}
