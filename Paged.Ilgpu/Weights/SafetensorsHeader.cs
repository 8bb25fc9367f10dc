using System.Text.Json;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>Reads the JSON header of a safetensors file and holds it against the bytes that follow it.</summary>
/// <param name="file">The mapped file.</param>
/// <param name="dataStart">Where the elements begin, in bytes from the beginning of the file.</param>
internal sealed class SafetensorsHeader(MappedFile file, long dataStart)
{
    private readonly long _dataBytes = file.Length - dataStart;

    /// <summary>All tensors in the order of their bytes.</summary>
    public List<StoredTensor> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new PagedException($"The header of {file.Path} is a JSON {root.ValueKind}, expected an object.");
        var tensors = new List<(long Begin, long End, StoredTensor Tensor)>();
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            if (entry.Name != "__metadata__")
                tensors.Add(ReadTensor(entry.Name, entry.Value));
        }

        tensors.Sort((one, other) => (one.Begin, one.End).CompareTo((other.Begin, other.End)));
        RefuseOverlapsAndHoles(tensors);
        return [.. tensors.Select(entry => entry.Tensor)];
    }

    private (long Begin, long End, StoredTensor Tensor) ReadTensor(string name, JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String
            || !entry.TryGetProperty("shape", out JsonElement shapeElement) || !TryReadLongs(shapeElement, out long[] shape)
            || !entry.TryGetProperty("data_offsets", out JsonElement offsetsElement) || !TryReadLongs(offsetsElement, out long[] offsets)
            || offsets.Length != 2)
        {
            throw new PagedException($"Tensor {Quoted.Of(name)} of {file.Path} has a malformed header entry, "
                + "expected 'dtype', a 'shape' of at most 8 axes and two 'data_offsets'.");
        }

        string typeName = dtype.GetString()!;
        int size = SizeInBytes(typeName)
            ?? throw new PagedException($"Tensor {Quoted.Of(name)} of {file.Path} has the type {Quoted.Of(typeName)}, "
                + "expected one of the safetensors format's.");
        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin < 0 || end < begin || end > _dataBytes)
        {
            throw new PagedException($"Tensor {Quoted.Of(name)} of {file.Path} lies at bytes {begin} to {end} of the data, "
                + $"expected a range within its {_dataBytes} bytes; the file may be truncated.");
        }

        if (TensorShape.CountElements(shape) is not long count || count * size != end - begin)
        {
            throw new PagedException($"Tensor {Quoted.Of(name)} of {file.Path} has {end - begin} bytes, "
                + $"expected the product of its shape {TensorShape.Show(shape)} and {size} bytes.");
        }

        return (begin, end, new StoredTensor(name, typeName, EncodingOf(typeName), shape, file, dataStart + begin, end - begin));
    }

    // The format wants every byte described exactly once: a hole can hide data, an overlap makes one tensor of two.
    private void RefuseOverlapsAndHoles(List<(long Begin, long End, StoredTensor Tensor)> sorted)
    {
        long reached = 0;
        foreach ((long begin, long end, StoredTensor tensor) in sorted)
        {
            if (begin < reached)
            {
                throw new PagedException($"Tensor {Quoted.Of(tensor.Name)} of {file.Path} begins at byte {begin} of the data, "
                    + $"expected {reached}: it overlaps another tensor.");
            }

            if (begin > reached)
                throw new PagedException($"{file.Path} has bytes {reached} to {begin} of its data in no tensor, expected no hole.");
            reached = end;
        }

        if (reached != _dataBytes)
            throw new PagedException($"{file.Path} has {_dataBytes} bytes of data, expected the {reached} that its header describes.");
    }

    private static int? SizeInBytes(string typeName) => typeName switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "BF16" or "F16" or "I16" or "U16" => 2,
        "F8_E4M3" or "F8_E5M2" or "I8" or "U8" or "BOOL" => 1,
        _ => null,
    };

    private static PlainEncoding? EncodingOf(string typeName) => typeName switch
    {
        "F32" => PlainEncoding.Float32,
        "BF16" => PlainEncoding.BFloat16,
        "F16" => PlainEncoding.Float16,
        _ => null,
    };

    // Not by index: where an array has others inside, that walks it from its beginning each time.
    private static bool TryReadLongs(JsonElement element, out long[] numbers)
    {
        numbers = [];
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > TensorShape.MostAxes)
            return false;
        numbers = new long[element.GetArrayLength()];
        int read = 0;
        foreach (JsonElement number in element.EnumerateArray())
        {
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetInt64(out numbers[read++]))
                return false;
        }

        return true;
    }
}
