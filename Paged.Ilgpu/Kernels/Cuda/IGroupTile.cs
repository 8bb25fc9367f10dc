using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The height of a group's tile, given to <see cref="ManyRowsLinearKernel"/> as a type parameter.</summary>
public interface IGroupTile
{
    /// <summary>Rows of the tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Items of the group, two warps side by side for each 32 rows.</summary>
    static abstract int GroupSize { get; }

    /// <summary>What the compiler is told of launches.</summary>
    static KernelSpecialization LaunchBoundsOf<TTile>()
        where TTile : struct, IGroupTile => new(TTile.GroupSize, ManyRowsLinearKernel.ItemsPerMultiprocessor / TTile.GroupSize);
}

/// <summary>128 rows by eight warps: 32 multiply-adds for each byte that is brought.</summary>
public readonly struct TallTile : IGroupTile
{
    /// <inheritdoc/>
    public static int Rows => 128;

    /// <inheritdoc/>
    public static int GroupSize => 256;
}

/// <summary>64 rows by four warps: 21 multiply-adds for each byte that is brought, and four groups a multiprocessor that wait for each other less.</summary>
public readonly struct FlatTile : IGroupTile
{
    /// <inheritdoc/>
    public static int Rows => 64;

    /// <inheritdoc/>
    public static int GroupSize => 128;
}
