using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>
/// A memory-mapped .gguf file, version 2 or 3: metadata, a list of tensors, then their elements
/// (format description: github.com/ggml-org/ggml, docs/gguf.md).
/// </summary>
public sealed class GgufFile : ITensorFile
{
    private const uint Magic = 0x46554747; // GGUF
    private const uint OldestVersion = 2; // which made counts 64-bit
    private const uint NewestVersion = 3;
    private const int MostAxes = 4;
    private const int LongestName = 64;
    private const int LeastBytesPerTensor = 8 + 4 + 4 + 8;
    private const long DefaultAlignment = 32;

    private readonly MappedFile _file;

    private GgufFile(MappedFile file)
    {
        _file = file;
        var cursor = new GgufCursor(file);
        if (file.Length < sizeof(uint) || cursor.ReadUInt32() != Magic)
            throw new PagedException($"{file.Path} does not begin with 'GGUF', expected a GGUF file.");
        uint version = cursor.ReadUInt32();
        if (version is < OldestVersion or > NewestVersion)
        {
            throw new PagedException($"{file.Path} is a GGUF file of version {version}, "
                + $"expected {OldestVersion} or {NewestVersion}, little-endian.");
        }

        long tensorCount = cursor.ReadCount(LeastBytesPerTensor, "tensors");
        long entryCount = cursor.ReadCount(1, "entries of metadata");
        Metadata = GgufMetadata.Read(file, cursor, entryCount);
        long alignment = Metadata.Whole("general.alignment") ?? DefaultAlignment;
        if (alignment is < 1 or > int.MaxValue || alignment % 8 != 0)
            throw new PagedException($"{file.Path} sets 'general.alignment' to {alignment}, expected a multiple of 8.");
        Tensors = ReadTensors(cursor, tensorCount, alignment);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>What the file says beside its tensors.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>Maps the file and reads its header; no element is read.</summary>
    /// <exception cref="PagedException">The file is missing, damaged, or of another version.</exception>
    public static GgufFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new GgufFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private StoredTensor[] ReadTensors(GgufCursor cursor, long count, long alignment)
    {
        if (count > cursor.Remaining / LeastBytesPerTensor)
            throw cursor.Damaged($"announces {count} tensors, more than fit in its {_file.Length} bytes");
        var listed = new (string Name, long[] Shape, uint Type, ulong Offset)[count];
        for (int i = 0; i < listed.Length; i++)
            listed[i] = (ReadName(cursor), ReadShape(cursor), cursor.ReadUInt32(), cursor.ReadUInt64());
        long dataStart = (cursor.Position + alignment - 1) / alignment * alignment;
        return [.. listed.Select(tensor => Locate(tensor.Name, tensor.Shape, tensor.Type, tensor.Offset, dataStart, alignment))];
    }

    private static string ReadName(GgufCursor cursor)
    {
        string name = cursor.ReadText();
        return name.Length <= LongestName ? name
            : throw cursor.Damaged($"has a tensor whose name has {name.Length} characters, expected at most {LongestName}");
    }

    // The file's first axis is the innermost.
    private static long[] ReadShape(GgufCursor cursor)
    {
        uint axes = cursor.ReadUInt32();
        if (axes > MostAxes)
            throw cursor.Damaged($"has a tensor of {axes} axes, expected at most {MostAxes}");
        var shape = new long[axes];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
            shape[axis] = unchecked((long)cursor.ReadUInt64()); // a huge one becomes negative, which no tensor may have
        return shape;
    }

    private StoredTensor Locate(string name, long[] shape, uint type, ulong offset, long dataStart, long alignment)
    {
        string typeName = GgufTensorType.NameOf(type);
        long? elements = TensorShape.CountElements(shape);
        if (elements is null)
            throw new PagedException($"Tensor {Quoted.Of(name)} of {Path} has the impossible shape {TensorShape.Show(shape)}.");
        if (offset % (ulong)alignment != 0)
        {
            throw new PagedException($"Tensor {Quoted.Of(name)} of {Path} lies at byte {offset} of the data, "
                + $"expected a multiple of {alignment}.");
        }

        if (GgufTensorType.EncodingOf(type) is not { } encoding)
            return new StoredTensor(name, typeName, encoding: null, shape, _file, 0, sizeInBytes: 0);
        if (shape is [.., long columns] && columns % encoding.ElementsPerBlock != 0)
        {
            throw new PagedException($"Tensor {Quoted.Of(name)} of {Path} has rows of {columns} elements in {typeName}, "
                + $"expected a multiple of {encoding.ElementsPerBlock}.");
        }

        long bytes = encoding.SizeInBytes(elements.Value);
        long dataBytes = Math.Max(0, _file.Length - dataStart);
        if (offset > (ulong)dataBytes || bytes > dataBytes - (long)offset)
        {
            throw new PagedException($"Tensor {Quoted.Of(name)} of {Path} has {bytes} bytes at byte {offset} of the data, "
                + $"expected them within its {dataBytes} bytes; the file may be truncated.");
        }

        return new StoredTensor(name, typeName, encoding, shape, _file, dataStart + (long)offset, bytes);
    }
}
