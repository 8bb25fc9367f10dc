namespace Paged.Ilgpu.Weights;

/// <summary>A tensor as a file has it: the file's own name and order of rows, elements row-major and without gaps.</summary>
public sealed class StoredTensor
{
    private readonly MappedFile _file;
    private readonly long _offset; // of the first element, in bytes from the beginning of the file

    internal StoredTensor(string name, string typeName, ElementType? type, IReadOnlyList<long> shape, MappedFile file, long offset)
    {
        Name = name;
        TypeName = typeName;
        Type = type;
        Shape = shape;
        _file = file;
        _offset = offset;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>The file's word for the type of the elements.</summary>
    public string TypeName { get; }

    /// <summary>The type of the elements; null where it is one that this program cannot read.</summary>
    public ElementType? Type { get; }

    /// <summary>The extent of each axis, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The path of the file.</summary>
    public string Path => _file.Path;

    /// <summary>True where both tensors are the same bytes of the same file under two names.</summary>
    public bool SharesStorageWith(StoredTensor other) =>
        _file == other._file && _offset == other._offset && TypeName == other.TypeName && Shape.SequenceEqual(other.Shape);

    /// <summary>Reads consecutive elements, widened to float32.</summary>
    /// <param name="first">The first element to read, counted row-major.</param>
    /// <param name="destination">Receives as many elements as it is long.</param>
    internal void Read(long first, Span<float> destination)
    {
        ElementType type = Type ?? throw new InvalidOperationException($"{TypeName} cannot be read.");
        int size = type.SizeInBytes();
        Widening.Widen(type, _file.Bytes(_offset + first * size, destination.Length * size), destination);
    }
}
