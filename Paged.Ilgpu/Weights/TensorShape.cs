namespace Paged.Ilgpu.Weights;

/// <summary>Arithmetic of shapes read from files, where any number may be a lie.</summary>
internal static class TensorShape
{
    /// <summary>No weight has more axes; a shape that costs a file a few bytes to repeat would fill the memory.</summary>
    public const int MostAxes = 8;

    /// <summary>The product of the extents, or null where one is negative or the product passes 2^59, beyond which
    /// a count of bytes would not fit 64 bits.</summary>
    public static long? CountElements(IReadOnlyList<long> shape)
    {
        const long largest = 1L << 59;
        long count = 1;
        foreach (long extent in shape)
        {
            if (extent < 0 || (extent > 0 && count > largest / extent))
                return null;
            count *= extent;
        }

        return count;
    }

    /// <summary>A shape as messages show it, such as [512, 64].</summary>
    public static string Show(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
