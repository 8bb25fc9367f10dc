using System.Buffers.Binary;
using System.Text;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>
/// An array among a GGUF file's metadata. It stays in the file until it is read, since a vocabulary's are large; valid until the
/// file is disposed.
/// </summary>
public sealed class GgufArray
{
    private readonly MappedFile _file;
    private readonly GgufValueType _type;
    private readonly long _offset; // of the first element, from the beginning of the file

    internal GgufArray(MappedFile file, GgufValueType type, int count, long offset)
    {
        _file = file;
        _type = type;
        Count = count;
        _offset = offset;
    }

    /// <summary>The number of elements.</summary>
    public int Count { get; }

    /// <summary>All elements, if they are texts; what is not UTF-8 becomes U+FFFD.</summary>
    /// <returns>Null where they are something else.</returns>
    public string[]? ToTexts()
    {
        if (_type != GgufValueType.Text)
            return null;
        var texts = new string[Count];
        long at = _offset;
        for (int i = 0; i < texts.Length; i++)
        {
            int bytes = (int)BinaryPrimitives.ReadInt64LittleEndian(_file.Bytes(at, sizeof(long)));
            texts[i] = Encoding.UTF8.GetString(_file.Bytes(at + sizeof(long), bytes));
            at += sizeof(long) + bytes;
        }

        return texts;
    }

    /// <summary>All elements, if they are whole numbers that fit.</summary>
    /// <returns>Null where they are something else.</returns>
    public long[]? ToWholeNumbers()
    {
        if (!_type.IsWhole())
            return null;
        var numbers = new long[Count];
        int size = _type.SizeInBytes();
        for (int i = 0; i < numbers.Length; i++)
        {
            if (_type.ToValue(_file.Bytes(_offset + (long)i * size, size)) is not long number)
                return null;
            numbers[i] = number;
        }

        return numbers;
    }

    /// <summary>All elements, if they are fractions.</summary>
    /// <returns>Null where they are something else.</returns>
    public double[]? ToFractions()
    {
        if (_type is not (GgufValueType.Float32 or GgufValueType.Float64))
            return null;
        var numbers = new double[Count];
        int size = _type.SizeInBytes();
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = (double)_type.ToValue(_file.Bytes(_offset + (long)i * size, size))!;
        return numbers;
    }
}
