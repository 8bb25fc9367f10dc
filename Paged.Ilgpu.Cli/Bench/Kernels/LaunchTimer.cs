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
    private const int MostLaunches = 2000; // of a series

    // .NET compiles the host's part of a launch anew, and better, twice in its first half second: until then a short kernel may wait for its launches.
    private const double ShortLaunchSeconds = 2e-5;
    private const double MostWarmingSeconds = 0.6;
    private const double HostBoundShare = 0.8;

    /// <summary>Seconds of one launch.</summary>
    /// <param name="launch">Enqueues it; told which launch it is, so that each may take other memory.</param>
    public double Seconds(Action<int> launch)
    {
        launch(0); // compiles
        accelerator.Synchronize();
        int count = 1;
        (double Seconds, double SecondsToQueue) series = TimeOf(count, launch);
        double best = series.Seconds;
        while (count < MostLaunches && series.Seconds < secondsPerMeasurement / Series)
        {
            count = Math.Min(2 * count, MostLaunches);
            series = TimeOf(count, launch);
            best = Math.Min(best, series.Seconds / count);
        }

        double elapsed = 0;
        long start = Stopwatch.GetTimestamp();
        for (int done = 0; done < FewestSeries || elapsed < secondsPerMeasurement || (IsHeldUp(best, series) && elapsed < MostWarmingSeconds); done++)
        {
            series = TimeOf(count, launch);
            best = Math.Min(best, series.Seconds / count);
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

    private static bool IsHeldUp(double best, (double Seconds, double SecondsToQueue) series) =>
        best < ShortLaunchSeconds && series.SecondsToQueue > HostBoundShare * series.Seconds;

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
