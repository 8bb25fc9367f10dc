using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Model;

/// <summary>What loading 4 GB costs: run by itself, `dotnet test -c Release --filter FullyQualifiedName~LoadingRateTests`.</summary>
[Explicit("writes 4 GB to the temporary folder, reads them and needs 10 GB of memory")]
public sealed class LoadingRateTests
{
    private const int Rounds = 5;
    private const int PatternBytes = 16 << 20;
    private const int ReadBytes = 1 << 20;
    private const long HostLimit = 600_000_000;

    // A slice of Llama 3 8B.
    private static readonly LlamaConfig Config = RandomLlama.Shape(
        headCount: 32, keyValueHeadCount: 8, headDim: 128, intermediateSize: 14_336, layerCount: 8, vocabularySize: 32_000);

    // Without a demand on the rate: what widening, and rounding or quantizing, cost beside copying.
    [TestCase(ElementType.BFloat16, ElementType.BFloat16, WeightQuantization.None, 0.5)]
    [TestCase(ElementType.BFloat16, ElementType.Float16, WeightQuantization.None, 0)]
    [TestCase(ElementType.BFloat16, ElementType.BFloat16, WeightQuantization.Int8, 0)]
    public void Loading_keeps_half_the_rate_of_a_copy_and_little_memory(
        ElementType stored, ElementType onDevice, WeightQuantization quantization, double leastShare)
    {
        using var folder = new TestFolder();
        string path = folder["model.safetensors"];
        long bytes = WriteModel(folder, path, stored);
        using TestDevice device = new TestBackend("cpu", 1).Open();
        _ = LoadSeconds(device, folder, onDevice, quantization, out _); // the JIT is warm, the file is in the page cache

        var copies = new List<(double Seconds, double ProcessorSeconds)>();
        var loads = new List<(double Seconds, double ProcessorSeconds)>();
        long hostBytes = 0;
        for (int round = 0; round < Rounds; round++)
        {
            copies.Add(CopySeconds(path, bytes));
            loads.Add(LoadSeconds(device, folder, onDevice, quantization, out long host));
            hostBytes = Math.Max(hostBytes, host);
        }

        double copy = bytes / copies.Min(time => time.Seconds) / 1e9;
        double load = bytes / loads.Min(time => time.Seconds) / 1e9;
        TestContext.Out.WriteLine(
            $"{bytes / 1e9:N2} GB, {stored} to {onDevice}, quantization {quantization}: copied by two threads {copy:N2} GB/s, loaded {load:N2} GB/s ({load / copy:P0}); "
                + $"host memory beside the device's {hostBytes / 1e6:N0} MB; "
                + $"copies {Show(copies)}, loads {Show(loads)} (seconds, and processor seconds)");
        Assert.That(hostBytes, Is.LessThan(HostLimit));
        Assert.That(load / copy, Is.GreaterThanOrEqualTo(leastShare));
    }

    private static string Show(IEnumerable<(double Seconds, double ProcessorSeconds)> times) =>
        string.Join(", ", times.Select(time => $"{time.Seconds:N2} ({time.ProcessorSeconds:N2})"));

    // Other programs take the processor from the first, not from the second.
    private static (double Seconds, double ProcessorSeconds) Since(long start, TimeSpan processorStart) =>
        (Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - processorStart).TotalSeconds);

    // Two threads read halves of the cached file into memory that was never touched before.
    private static unsafe (double Seconds, double ProcessorSeconds) CopySeconds(string path, long bytes)
    {
        TimeSpan processorStart = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        byte* memory = (byte*)NativeMemory.Alloc((nuint)bytes);
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            Parallel.For(0, 2, half =>
            {
                long end = half == 0 ? bytes / 2 : bytes;
                for (long at = half * (bytes / 2); at < end;)
                    at += RandomAccess.Read(file, new Span<byte>(memory + at, (int)Math.Min(ReadBytes, end - at)), at);
            });
            return Since(start, processorStart);
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    private static (double Seconds, double ProcessorSeconds) LoadSeconds(
        TestDevice device, TestFolder folder, ElementType onDevice, WeightQuantization quantization, out long hostBytes)
    {
        long peak = 0;
        using var done = new ManualResetEventSlim();
        var watcher = new Thread(() =>
        {
            while (!done.Wait(5))
                peak = Math.Max(peak, AnonymousBytes());
        });
        watcher.Start();
        TimeSpan processorStart = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        (double, double) seconds;
        long deviceBytes;
        using (Checkpoint checkpoint = Checkpoint.Open(folder.Path))
        using (var weights = new DeviceWeights(device.Accelerator, checkpoint.Config, checkpoint.Weights, onDevice, KernelForm.Portable, quantization))
        {
            seconds = Since(start, processorStart);
            deviceBytes = weights.SizeInBytes;
            done.Set();
            watcher.Join();
        }

        hostBytes = peak - deviceBytes;
        return seconds;
    }

    // Resident and no file's: what the process holds itself.
    private static long AnonymousBytes()
    {
        string line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("RssAnon:"));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static long WriteModel(TestFolder folder, string path, ElementType stored)
    {
        folder.Write(
            "config.json",
            """
            {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 8, "num_attention_heads": 32, "num_key_value_heads": 8,
             "vocab_size": 32000, "intermediate_size": 14336, "rms_norm_eps": 1e-5, "max_position_embeddings": 256}
            """);
        var entries = new List<string>();
        long end = 0;
        foreach ((string name, int rows, int columns) in ExpectedTensors.Of(Config))
        {
            long begin = end;
            end += (long)rows * columns * stored.SizeInBytes();
            long[] shape = rows == 1 ? [columns] : [rows, columns];
            entries.Add(SafetensorsWriter.Entry(TinyModel.ToHuggingFace(name), "BF16", shape, begin, end));
        }

        byte[] header = SafetensorsWriter.Write($"{{{string.Join(',', entries)}}}", []);
        var pattern = new byte[PatternBytes];
        new Random(1).NextBytes(pattern);
        using FileStream file = File.Create(path);
        file.Write(header);
        for (long left = end; left > 0; left -= PatternBytes)
            file.Write(pattern.AsSpan(0, (int)Math.Min(PatternBytes, left)));
        file.Flush(flushToDisk: true);
        return header.Length + end;
    }
}
