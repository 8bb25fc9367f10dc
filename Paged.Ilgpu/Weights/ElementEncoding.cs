namespace Paged.Ilgpu.Weights;

/// <summary>How a file keeps the elements of a tensor: one by one, or in blocks that share a scale.</summary>
internal abstract class ElementEncoding
{
    /// <summary>Elements that can only be read together; 1 where each stands for itself.</summary>
    public abstract int ElementsPerBlock { get; }

    /// <summary>The size of a block, in bytes.</summary>
    public abstract int BytesPerBlock { get; }

    /// <summary>The type that holds every element exactly; where <see cref="ElementsPerBlock"/> is 1, the one that is stored.</summary>
    public abstract ElementType Type { get; }

    /// <summary>Whether elements are small whole numbers times a scale of their block.</summary>
    public bool IsQuantized => ElementsPerBlock > 1;

    /// <summary>Bytes of that many elements, which must be whole blocks.</summary>
    public long SizeInBytes(long elements) => elements / ElementsPerBlock * BytesPerBlock;

    /// <summary>Widens whole blocks to float32.</summary>
    /// <param name="blocks">Bytes, [block × bytes of a block]; need not be aligned.</param>
    /// <param name="elements">Receives the values, [block × elements of a block].</param>
    public abstract void Widen(ReadOnlySpan<byte> blocks, Span<float> elements);
}

/// <summary>Elements one by one, little-endian.</summary>
internal sealed class PlainEncoding : ElementEncoding
{
    public static readonly PlainEncoding Float32 = new(ElementType.Float32);
    public static readonly PlainEncoding BFloat16 = new(ElementType.BFloat16);
    public static readonly PlainEncoding Float16 = new(ElementType.Float16);

    private PlainEncoding(ElementType type) => Type = type;

    public override int ElementsPerBlock => 1;

    public override int BytesPerBlock => Type.SizeInBytes();

    public override ElementType Type { get; }

    public static PlainEncoding Of(ElementType type) => type switch
    {
        ElementType.Float32 => Float32,
        ElementType.BFloat16 => BFloat16,
        _ => Float16,
    };

    public override void Widen(ReadOnlySpan<byte> blocks, Span<float> elements) => Widening.Widen(Type, blocks, elements);
}
