using System.Numerics;

namespace Paged.Ilgpu.Kernels;

/// <summary>Loads one kernel at one tile height.</summary>
internal interface ITileLoader<TLauncher>
{
    TLauncher Load<TTile>()
        where TTile : struct, IRowTile<TTile>;
}

/// <summary>A kernel at every tile height, each loaded when it is first needed.</summary>
internal sealed class ByTileHeight<TLauncher>(ITileLoader<TLauncher> loader)
    where TLauncher : class
{
    private readonly TLauncher?[] _launchers = new TLauncher?[BitOperations.Log2(KernelSet.LargestTileHeight) + 1];

    /// <summary>The launcher for tiles of so many rows.</summary>
    /// <param name="height">1, 2, 4, 8 or 16.</param>
    public TLauncher this[int height] => _launchers[BitOperations.Log2((uint)height)] ??= height switch
    {
        1 => loader.Load<OneRow>(),
        2 => loader.Load<Pair<OneRow>>(),
        4 => loader.Load<Pair<Pair<OneRow>>>(),
        8 => loader.Load<Pair<Pair<Pair<OneRow>>>>(),
        KernelSet.LargestTileHeight => loader.Load<Pair<Pair<Pair<Pair<OneRow>>>>>(),
        _ => throw new ArgumentOutOfRangeException(nameof(height), height, "a tile's height is 1, 2, 4, 8 or 16"),
    };
}
