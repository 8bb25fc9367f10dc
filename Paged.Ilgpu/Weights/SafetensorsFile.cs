using System.Buffers.Binary;
using System.Text.Json;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>
/// A memory-mapped .safetensors file: eight bytes of header length, a JSON header, then the elements
/// (format description: github.com/huggingface/safetensors, README).
/// </summary>
public sealed class SafetensorsFile : ITensorFile
{
    private const int LengthBytes = 8;

    // The limit of the format's reference implementation.
    private const long LargestHeaderBytes = 100_000_000;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private readonly MappedFile _file;

    private SafetensorsFile(MappedFile file)
    {
        _file = file;
        Tensors = ReadHeader(file);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Maps the file and checks its header; no element is read.</summary>
    /// <exception cref="PagedException">The file is missing, or its header does not describe exactly the bytes that follow it.</exception>
    public static SafetensorsFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static List<StoredTensor> ReadHeader(MappedFile file)
    {
        if (file.Length < LengthBytes)
        {
            throw new PagedException($"{file.Path} has {file.Length} bytes, "
                + "expected a safetensors file, which begins with an 8-byte length.");
        }

        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, LengthBytes));
        long room = Math.Min(LargestHeaderBytes, file.Length - LengthBytes);
        if (headerBytes > (ulong)room)
            throw new PagedException($"{file.Path} announces a safetensors header of {headerBytes} bytes, expected at most {room}.");
        try
        {
            byte[] header = file.Bytes(LengthBytes, (int)headerBytes).ToArray();
            using JsonDocument document = JsonDocument.Parse(header, Options);
            return new SafetensorsHeader(file, LengthBytes + (long)headerBytes).Read(document.RootElement);
        }
        catch (Exception fault) when (JsonFault.Is(fault))
        {
            throw JsonFault.Describe($"The header of {file.Path}", fault);
        }
    }
}
