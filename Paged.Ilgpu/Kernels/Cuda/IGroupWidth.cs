namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>How many columns a group of <see cref="PieceWarpgroupKernel"/> has, given as a type parameter: 16 a warp.</summary>
public interface IGroupWidth
{
    /// <summary>Warps of a group.</summary>
    static abstract int Warps { get; }
}

/// <summary>64 columns.</summary>
public readonly struct OneWarpgroup : IGroupWidth
{
    /// <inheritdoc/>
    public static int Warps => WarpgroupSteps.Warps / 2;
}

/// <summary>128 columns.</summary>
public readonly struct TwoWarpgroups : IGroupWidth
{
    /// <inheritdoc/>
    public static int Warps => WarpgroupSteps.Warps;
}
