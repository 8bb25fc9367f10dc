namespace Paged.Ilgpu.Cli.Bench;

/// <summary>What becomes of a linear layer's result.</summary>
internal enum LinearKind
{
    /// <summary>It replaces what was there.</summary>
    Assign,

    /// <summary>It joins the residual stream.</summary>
    Accumulate,

    /// <summary>Gates and ups become their SwiGLU.</summary>
    GateUp,
}

/// <summary>A linear layer.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Columns">Output features.</param>
/// <param name="Inputs">Input features, a multiple of eight.</param>
/// <param name="Kind">What becomes of its result.</param>
internal sealed record LinearShape(string Name, int Columns, int Inputs, LinearKind Kind)
{
    /// <summary>The linear layers of Llama 3 8B.</summary>
    public static IReadOnlyList<LinearShape> Llama3EightB { get; } =
    [
        new("qkv", 6144, 4096, LinearKind.Assign),
        new("attention output", 4096, 4096, LinearKind.Accumulate),
        new("gate and up", 28672, 4096, LinearKind.GateUp),
        new("down", 4096, 14336, LinearKind.Accumulate),
        new("output", 128256, 4096, LinearKind.Assign),
        new("14336 x 4096", 14336, 4096, LinearKind.Assign),
    ];
}

/// <summary>A linear layer's time. Each property is a key of its JSON, in snake_case.</summary>
internal sealed record LinearResult
{
    public required string Layer { get; init; }

    public required int Rows { get; init; }

    public required double Microseconds { get; init; }

    /// <summary>Bytes of weights read in a second.</summary>
    public required double BytesPerSecond { get; init; }

    public required double OperationsPerSecond { get; init; }
}
