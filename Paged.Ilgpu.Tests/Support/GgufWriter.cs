using System.Text;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Writes small GGUF files, right ones and wrong ones (ggml's docs/gguf.md).</summary>
internal sealed class GgufWriter
{
    private const int Alignment = 32;

    private readonly List<byte> _metadata = [];
    private readonly List<byte> _infos = [];
    private readonly List<byte> _data = [];
    private long _entryCount;
    private long _tensorCount;

    public GgufWriter Text(string key, string value) => Entry(key, 8, writer => WriteText(writer, value));

    public GgufWriter UInt32(string key, uint value) => Entry(key, 4, writer => writer.Write(value));

    public GgufWriter UInt64(string key, ulong value) => Entry(key, 10, writer => writer.Write(value));

    public GgufWriter Float32(string key, float value) => Entry(key, 6, writer => writer.Write(value));

    public GgufWriter Bool(string key, byte value) => Entry(key, 7, writer => writer.Write(value));

    public GgufWriter Texts(string key, params string[] values) => Entry(key, 9, writer =>
    {
        writer.Write(8u);
        writer.Write((ulong)values.Length);
        foreach (string value in values)
            WriteText(writer, value);
    });

    public GgufWriter Floats(string key, params float[] values) => Entry(key, 9, writer =>
    {
        writer.Write(6u);
        writer.Write((ulong)values.Length);
        foreach (float value in values)
            writer.Write(value);
    });

    public GgufWriter Ints(string key, params int[] values) => Entry(key, 9, writer =>
    {
        writer.Write(5u);
        writer.Write((ulong)values.Length);
        foreach (int value in values)
            writer.Write(value);
    });

    /// <summary>An entry of any type, whatever its value.</summary>
    public GgufWriter Entry(string key, uint type, Action<BinaryWriter> writeValue)
    {
        Append(_metadata, writer =>
        {
            WriteText(writer, key);
            writer.Write(type);
            writeValue(writer);
        });
        _entryCount++;
        return this;
    }

    /// <summary>A tensor; its shape is written innermost axis first.</summary>
    public GgufWriter Tensor(string name, uint type, IReadOnlyList<long> shape, byte[] data, ulong? offset = null)
    {
        Append(_infos, writer =>
        {
            WriteText(writer, name);
            writer.Write((uint)shape.Count);
            foreach (long extent in shape.Reverse())
                writer.Write(extent);
            writer.Write(type);
            writer.Write(offset ?? (ulong)_data.Count);
        });
        _data.AddRange(data);
        Pad(_data);
        _tensorCount++;
        return this;
    }

    /// <summary>The file.</summary>
    public byte[] Finish(uint version = 3, long? tensorCount = null, long? entryCount = null)
    {
        var file = new List<byte>();
        Append(file, writer =>
        {
            writer.Write("GGUF"u8);
            writer.Write(version);
            writer.Write(tensorCount ?? _tensorCount);
            writer.Write(entryCount ?? _entryCount);
        });
        file.AddRange(_metadata);
        file.AddRange(_infos);
        Pad(file);
        return [.. file, .. _data];
    }

    private static void Append(List<byte> target, Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        target.AddRange(stream.ToArray());
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(List<byte> bytes) => bytes.AddRange(new byte[(Alignment - bytes.Count % Alignment) % Alignment]);
}
