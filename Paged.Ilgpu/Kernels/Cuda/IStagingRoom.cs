namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>How much shared memory a group stages its steps in, given to kernels as a type parameter.</summary>
public interface IStagingRoom
{
    /// <summary>Packets that there is room for.</summary>
    static abstract int Packets { get; }

    /// <summary>Whether a step's first operands are read while the step before is multiplied, for which steps must arrive one earlier.</summary>
    static abstract bool ReadsAhead { get; }

    /// <summary>Bytes that the launch sets aside.</summary>
    static abstract int BytesAtLaunch { get; }

    /// <summary>Makes the memory. Once a kernel, by all items of the group.</summary>
    static abstract StagedPackets Allocate<TMemory>(int packets)
        where TMemory : struct, IPacketMemory;
}

/// <summary>48 KiB, which every launch may have.</summary>
public readonly struct SmallStagingRoom : IStagingRoom
{
    /// <inheritdoc/>
    public static int Packets => (48 << 10) / Packet.SizeInBytes;

    /// <inheritdoc/>
    public static int BytesAtLaunch => 0;

    /// <inheritdoc/>
    public static bool ReadsAhead => false;

    /// <inheritdoc/>
    public static StagedPackets Allocate<TMemory>(int packets)
        where TMemory : struct, IPacketMemory => TMemory.Allocate(packets);
}

/// <summary>112 KiB: two groups on a multiprocessor of sm_90.</summary>
public readonly struct LargeStagingRoom : IStagingRoom
{
    /// <inheritdoc/>
    public static int Packets => BytesAtLaunch / Packet.SizeInBytes;

    /// <inheritdoc/>
    public static int BytesAtLaunch => 112 << 10;

    /// <inheritdoc/>
    public static bool ReadsAhead => Experiment.ReadsAhead;

    /// <inheritdoc/>
    public static StagedPackets Allocate<TMemory>(int packets)
        where TMemory : struct, IPacketMemory => TMemory.AllocateAtLaunch(packets);
}
