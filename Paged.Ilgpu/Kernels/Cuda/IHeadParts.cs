namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>In how many parts a head's elements are computed, given to the attention kernels as a type parameter.</summary>
public interface IHeadParts
{
    /// <summary>Number of parts.</summary>
    static abstract int Count { get; }
}

/// <summary>The head in one piece.</summary>
public readonly struct WholeHead : IHeadParts
{
    /// <inheritdoc/>
    public static int Count => 1;
}

/// <summary>Heads above 128 elements: each half of the values has a group of its own, which multiplies both halves of the keys.</summary>
public readonly struct HalfHead : IHeadParts
{
    /// <inheritdoc/>
    public static int Count => 2;
}
