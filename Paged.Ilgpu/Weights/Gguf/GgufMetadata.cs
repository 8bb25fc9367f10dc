using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>
/// What a GGUF file says beside its tensors, by key: the configuration (llama.*), the tokenizer (tokenizer.*), where it comes from
/// (general.*). Valid until the file is disposed.
/// </summary>
public sealed class GgufMetadata
{
    // Key, type, and a byte of value; what a real file's largest has is 65,535.
    private const int LeastBytesPerEntry = 8 + 4 + 1;
    private const int LongestKey = ushort.MaxValue;

    private readonly string _path;
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal); // string, long, double, bool or GgufArray

    private GgufMetadata(string path) => _path = path;

    /// <summary>All keys, in the file's order.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>The value of a key as a string, a long, a double, a bool or a <see cref="GgufArray"/>; null where the key is absent.</summary>
    public object? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>A text, or null where the key is absent.</summary>
    /// <exception cref="PagedException">It is something else.</exception>
    public string? Text(string key) => Find(key) is not { } value ? null : value as string ?? throw Unexpected(key, "a text");

    /// <summary>A whole number, or null where the key is absent.</summary>
    /// <exception cref="PagedException">It is something else.</exception>
    public long? Whole(string key) => Find(key) is not { } value ? null : value as long? ?? throw Unexpected(key, "a whole number");

    /// <summary>True or false, or null where the key is absent.</summary>
    /// <exception cref="PagedException">It is something else.</exception>
    public bool? Flag(string key) => Find(key) is not { } value ? null : value as bool? ?? throw Unexpected(key, "true or false");

    /// <summary>An array of texts, or null where the key is absent. Reads it anew each time.</summary>
    /// <exception cref="PagedException">It is something else.</exception>
    public string[]? Texts(string key) =>
        Find(key) is not { } value ? null : (value as GgufArray)?.ToTexts() ?? throw Unexpected(key, "an array of texts");

    /// <summary>An array of whole numbers, or null where the key is absent. Reads it anew each time.</summary>
    /// <exception cref="PagedException">It is something else.</exception>
    public long[]? Wholes(string key) =>
        Find(key) is not { } value ? null : (value as GgufArray)?.ToWholeNumbers() ?? throw Unexpected(key, "an array of whole numbers");

    /// <summary>An array of fractions, or null where the key is absent. Reads it anew each time.</summary>
    /// <exception cref="PagedException">It is something else.</exception>
    public double[]? Fractions(string key) =>
        Find(key) is not { } value ? null : (value as GgufArray)?.ToFractions() ?? throw Unexpected(key, "an array of fractions");

    /// <summary>Reads the entries, which the cursor has reached.</summary>
    internal static GgufMetadata Read(MappedFile file, GgufCursor cursor, long count)
    {
        if (count > cursor.Remaining / LeastBytesPerEntry)
            throw cursor.Damaged($"announces {count} entries of metadata, more than fit in its {file.Length} bytes");
        var metadata = new GgufMetadata(file.Path);
        for (; count > 0; count--)
        {
            string key = cursor.ReadText();
            if (key.Length > LongestKey)
                throw cursor.Damaged($"has a key of {key.Length} characters, expected at most {LongestKey}");
            object value = ReadValue(file, cursor, key, (GgufValueType)cursor.ReadUInt32());
            if (!metadata._values.TryAdd(key, value))
                throw cursor.Damaged($"has the key {Quoted.Of(key)} twice");
        }

        return metadata;
    }

    private static object ReadValue(MappedFile file, GgufCursor cursor, string key, GgufValueType type)
    {
        switch (type)
        {
            case GgufValueType.Text:
                return cursor.ReadText();
            case GgufValueType.Array:
                return ReadArray(file, cursor, key);
            default:
                int size = type.SizeInBytes();
                if (size == 0)
                    throw cursor.Damaged($"gives {Quoted.Of(key)} the type {(uint)type}, which the format does not have");
                long start = cursor.Position;
                cursor.Skip(size);
                return type.ToValue(file.Bytes(start, size))
                    ?? throw cursor.Damaged($"gives {Quoted.Of(key)} a value that is out of range");
        }
    }

    private static GgufArray ReadArray(MappedFile file, GgufCursor cursor, string key)
    {
        var type = (GgufValueType)cursor.ReadUInt32();
        int size = type.SizeInBytes();
        if (size == 0 && type != GgufValueType.Text)
            throw cursor.Damaged($"gives {Quoted.Of(key)} elements of type {(uint)type}, expected numbers or texts");
        long count = cursor.ReadCount(size == 0 ? sizeof(long) : size, "elements of an array");
        if (count > Array.MaxLength)
            throw cursor.Damaged($"gives {Quoted.Of(key)} {count} elements, expected at most {Array.MaxLength}");
        long start = cursor.Position;
        if (size > 0)
        {
            cursor.Skip(count * size);
        }
        else
        {
            for (long i = 0; i < count; i++)
                _ = cursor.ReadBytes();
        }

        return new GgufArray(file, type, (int)count, start);
    }

    private PagedException Unexpected(string key, string expected) =>
        new($"{_path} gives {Quoted.Of(key)} a value of another kind, expected {expected}.");
}
