using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The sums that a lane holds of a tile, given to kernels as a type parameter.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface ISums<TSelf>
    where TSelf : struct, ISums<TSelf>
{
    /// <summary>Sums in a lane.</summary>
    static abstract int Count { get; }

    /// <summary>Adds sums, element by element.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>Lays the sums out, one <paramref name="stride"/> after the other.</summary>
    static abstract void Store(TSelf sums, ArrayView<float> target, long first, int stride);

    /// <summary>Adds to the sums what was laid out, or zero, without a branch: two ways would have to meet in as many registers again.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="source">What was laid out.</param>
    /// <param name="first">The item's first sum in it.</param>
    /// <param name="stride">From one of its sums to the next.</param>
    /// <param name="mask">All bits to add what was laid out, none to add zero.</param>
    static abstract TSelf AddStored(TSelf sums, ArrayView<float> source, long first, int stride, uint mask);
}
