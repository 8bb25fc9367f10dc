using System.Buffers.Binary;
using System.Text;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Writes the opcodes of pickle protocol 2 (Python's pickletools) one after another, in any order, right or wrong.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> _bytes = [];

    public PickleWriter() => Raw(0x80, 2);

    /// <summary>These bytes as they stand.</summary>
    public PickleWriter Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleWriter Mark() => Raw((byte)'(');

    public PickleWriter EmptyDict() => Raw((byte)'}');

    public PickleWriter EmptyTuple() => Raw((byte)')');

    public PickleWriter SetItems() => Raw((byte)'u');

    public PickleWriter Tuple() => Raw((byte)'t');

    public PickleWriter Reduce() => Raw((byte)'R');

    public PickleWriter PersistentId() => Raw((byte)'Q');

    public PickleWriter Global(string module, string name) => Raw((byte)'c').Raw(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public PickleWriter Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Raw((byte)'X').Raw(length).Raw(bytes);
    }

    /// <summary>A whole number, in the eight bytes of LONG1.</summary>
    public PickleWriter Number(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Raw(0x8A, 8).Raw(bytes);
    }

    public PickleWriter Fraction(double number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
        return Raw((byte)'G').Raw(bytes);
    }

    /// <summary>A tuple of whole numbers.</summary>
    public PickleWriter Numbers(IEnumerable<long> numbers)
    {
        Mark();
        foreach (long number in numbers)
            Number(number);
        return Tuple();
    }

    /// <summary>A tensor as torch.save describes it.</summary>
    public PickleWriter Tensor(
        string key, string storageClass, long storageElements, long offset, IReadOnlyList<long> shape, IReadOnlyList<long> strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Mark()
            .Mark().Text("storage").Global("torch", storageClass).Text(key).Text("cpu").Number(storageElements).Tuple().PersistentId()
            .Number(offset).Numbers(shape).Numbers(strides).Raw(0x89).Global("collections", "OrderedDict").EmptyTuple().Reduce()
            .Tuple().Reduce();

    /// <summary>The pickle, ended.</summary>
    public byte[] Stop() => Raw((byte)'.')._bytes.ToArray();
}
