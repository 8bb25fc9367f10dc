namespace Paged.Ilgpu.Weights;

/// <summary>A tensor as a file has it: the file's own name and order of rows, elements row-major and without gaps.</summary>
public sealed class StoredTensor
{
    private readonly ElementEncoding? _encoding;
    private readonly MappedFile _file;
    private readonly long _offset; // of the first element, in bytes from the beginning of the file

    /// <param name="name">The name in the file.</param>
    /// <param name="typeName">The file's word for the type of the elements.</param>
    /// <param name="encoding">How the elements are kept; null where this program cannot read them.</param>
    /// <param name="shape">The extent of each axis, outermost first; the innermost is whole blocks.</param>
    /// <param name="file">The file, in which the tensor lies wholly.</param>
    /// <param name="offset">The first byte, from the beginning of the file.</param>
    /// <param name="sizeInBytes">All bytes.</param>
    internal StoredTensor(
        string name, string typeName, ElementEncoding? encoding, IReadOnlyList<long> shape, MappedFile file, long offset, long sizeInBytes)
    {
        Name = name;
        TypeName = typeName;
        _encoding = encoding;
        Shape = shape;
        _file = file;
        _offset = offset;
        SizeInBytes = sizeInBytes;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>The file's word for the type of the elements.</summary>
    public string TypeName { get; }

    /// <summary>The type of the elements, float32 for quantized ones; null where it is one that this program cannot read.</summary>
    public ElementType? Type => _encoding?.Type;

    /// <summary>Whether the elements are small whole numbers times a scale of their block.</summary>
    public bool IsQuantized => _encoding is { IsQuantized: true };

    /// <summary>The extent of each axis, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>What the elements take in the file, in bytes.</summary>
    public long SizeInBytes { get; }

    /// <summary>The path of the file.</summary>
    public string Path => _file.Path;

    /// <summary>True where both tensors are the same bytes of the same file under two names.</summary>
    public bool SharesStorageWith(StoredTensor other) =>
        _file == other._file && _offset == other._offset && TypeName == other.TypeName && Shape.SequenceEqual(other.Shape);

    /// <summary>Reads consecutive elements, widened to float32.</summary>
    /// <param name="first">The first element to read, counted row-major; the first of a block.</param>
    /// <param name="destination">Receives as many elements as it is long: whole blocks.</param>
    internal void Read(long first, Span<float> destination)
    {
        ElementEncoding encoding = Encoding;
        encoding.Widen(Bytes(encoding, first, destination.Length), destination);
    }

    /// <summary>Consecutive elements as they are stored, little-endian; not for quantized ones.</summary>
    internal ReadOnlySpan<byte> StoredElements(long first, int count) =>
        IsQuantized ? throw new InvalidOperationException($"{TypeName} is quantized.") : Bytes(Encoding, first, count);

    private ElementEncoding Encoding => _encoding ?? throw new InvalidOperationException($"{TypeName} cannot be read.");

    private ReadOnlySpan<byte> Bytes(ElementEncoding encoding, long first, int count) =>
        _file.Bytes(_offset + encoding.SizeInBytes(first), (int)encoding.SizeInBytes(count));
}
