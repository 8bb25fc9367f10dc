namespace Paged.Ilgpu;

/// <summary>The type in which a tensor's elements are stored. Sums are float32 whatever the storage.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32, 4 bytes.</summary>
    Float32,

    /// <summary>The upper half of a binary32, 2 bytes: 8 bits of exponent, 7 of mantissa.</summary>
    BFloat16,

    /// <summary>IEEE 754 binary16, 2 bytes: 5 bits of exponent, 10 of mantissa.</summary>
    Float16,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    /// <summary>The size of one element in bytes: 4 or 2.</summary>
    public static int SizeInBytes(this ElementType type) => type == ElementType.Float32 ? 4 : 2;
}
