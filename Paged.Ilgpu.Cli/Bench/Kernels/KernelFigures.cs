namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>One kernel at one shape. Each property is a key of the JSON, in snake_case.</summary>
internal sealed record KernelFigures
{
    public required string Kernel { get; init; }

    /// <summary>Rows, tokens or sequences, and what they meet.</summary>
    public required string Shape { get; init; }

    public required double Microseconds { get; init; }

    /// <summary>Bytes that must be read and written over the time that it takes.</summary>
    public required double GigabytesPerSecond { get; init; }

    public required double Gigaflops { get; init; }

    public required double ShareOfReadBandwidth { get; init; }

    public required double ShareOfMultiplyAdd { get; init; }

    /// <summary>Sequences whose tokens a whole step brings forth each second; 0 for a single kernel.</summary>
    public double TokensPerSecond { get; init; }

    public static KernelFigures Of(string kernel, string shape, double seconds, double bytes, double flops, DeviceRates rates, int tokens = 0) => new()
    {
        Kernel = kernel,
        Shape = shape,
        Microseconds = 1e6 * seconds,
        GigabytesPerSecond = bytes / seconds / 1e9,
        Gigaflops = flops / seconds / 1e9,
        ShareOfReadBandwidth = bytes / seconds / 1e9 / rates.ReadGigabytesPerSecond,
        ShareOfMultiplyAdd = flops / seconds / 1e9 / rates.MultiplyAddGigaflops,
        TokensPerSecond = tokens / seconds,
    };
}

/// <summary>All figures of one run.</summary>
internal sealed record KernelBenchReport(
    string Device, string Model, string WeightType, string Quantization, string KernelForm, DeviceRates Rates, IReadOnlyList<KernelFigures> Figures);
