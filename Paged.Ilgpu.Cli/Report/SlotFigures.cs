namespace Paged.Ilgpu.Cli.Report;

/// <summary>What a KV cache held, at one moment, on average or at most.</summary>
internal sealed record SlotFigures
{
    /// <summary>Sequences that had blocks.</summary>
    public required double Sequences { get; init; }

    /// <summary>Token slots of blocks that had an owner.</summary>
    public required double OwnedSlots { get; init; }

    /// <summary>Token slots that held a token.</summary>
    public required double StoredSlots { get; init; }

    /// <summary>Owned slots without a token.</summary>
    public required double WastedSlots { get; init; }

    /// <summary>The same in bytes.</summary>
    public required double WastedBytes { get; init; }

    /// <summary>Stored slots as a share of the pool's, 0 to 1.</summary>
    public required double StoredShareOfPool { get; init; }

    /// <summary>Wasted slots as a share of the pool's, 0 to 1.</summary>
    public required double WastedShareOfPool { get; init; }

    /// <summary>Wasted bytes as a share of the device's memory, 0 to 1.</summary>
    public required double WastedShareOfDeviceMemory { get; init; }
}
