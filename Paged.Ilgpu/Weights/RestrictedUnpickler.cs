using System.Buffers.Binary;
using System.Text;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>
/// Reads the part of Python's pickle protocol 2 that torch.save writes (opcodes: Python's pickletools module). Values become null, bool,
/// long, double, string, object?[] (tuple), List (list), Dictionary (dict), or one of the records in PickledValues.cs. No name is ever
/// called, and what it costs in memory is in proportion to the pickle's length.
/// </summary>
internal ref struct RestrictedUnpickler
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _pickle;
    private readonly string _origin;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = []; // heights of the stack
    private readonly Dictionary<uint, object?> _memo = [];
    private int _position;

    private RestrictedUnpickler(ReadOnlySpan<byte> pickle, string origin)
    {
        _pickle = pickle;
        _origin = origin;
    }

    /// <summary>Reads the one value of a pickle.</summary>
    /// <param name="pickle">The bytes.</param>
    /// <param name="origin">What error messages call the pickle.</param>
    /// <exception cref="PagedException">The pickle is damaged, or names something that no checkpoint needs.</exception>
    public static object? Read(ReadOnlySpan<byte> pickle, string origin)
    {
        var reader = new RestrictedUnpickler(pickle, origin);
        while (reader.Step())
        {
        }

        return reader._stack.Count == 1 ? reader._stack[0] : throw reader.Damaged("ends with more or less than one value");
    }

    // One opcode; false at the end.
    private bool Step()
    {
        byte opcode = Take(1)[0];
        switch (opcode)
        {
            case 0x80: // PROTO
                if (Take(1)[0] != 2)
                    throw Damaged("is not of protocol 2, which torch.save writes");
                break;
            case (byte)'.': // STOP
                return false;
            case (byte)'(': // MARK
                _marks.Push(_stack.Count);
                break;
            case (byte)'N':
                _stack.Add(null);
                break;
            case 0x88:
                _stack.Add(true);
                break;
            case 0x89:
                _stack.Add(false);
                break;
            case (byte)'K': // BININT1
                _stack.Add((long)Take(1)[0]);
                break;
            case (byte)'M': // BININT2
                _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case (byte)'J': // BININT
                _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case 0x8A: // LONG1
                _stack.Add(TakeLong());
                break;
            case (byte)'G': // BINFLOAT
                _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case (byte)'X': // BINUNICODE
                _stack.Add(TakeText());
                break;
            case (byte)'c': // GLOBAL
                _stack.Add(TakeName());
                break;
            case (byte)'q': // BINPUT
                _memo[Take(1)[0]] = Top();
                break;
            case (byte)'r': // LONG_BINPUT
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top();
                break;
            case (byte)'h': // BINGET
                _stack.Add(Recall(Take(1)[0]));
                break;
            case (byte)'j': // LONG_BINGET
                _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case (byte)'}': // EMPTY_DICT
                _stack.Add(new Dictionary<object, object?>());
                break;
            case (byte)']': // EMPTY_LIST
                _stack.Add(new List<object?>());
                break;
            case (byte)')': // EMPTY_TUPLE
                _stack.Add(Array.Empty<object?>());
                break;
            case 0x85: // TUPLE1
            case 0x86:
            case 0x87:
                _stack.Add(PopMany(opcode - 0x84));
                break;
            case (byte)'t': // TUPLE
                _stack.Add(PopToMark());
                break;
            case (byte)'a': // APPEND
                Append(PopMany(1));
                break;
            case (byte)'e': // APPENDS
                Append(PopToMark());
                break;
            case (byte)'s': // SETITEM
                SetItems(PopMany(2));
                break;
            case (byte)'u': // SETITEMS
                SetItems(PopToMark());
                break;
            case (byte)'Q': // BINPERSID
                _stack.Add(TorchNames.Resolve(Pop()) ?? throw Damaged("refers to something other than a storage"));
                break;
            case (byte)'R': // REDUCE
                Reduce();
                break;
            case (byte)'b': // BUILD: attributes of a dict, such as the versions that PyTorch keeps beside a state dict
                _ = Pop();
                _ = Top() as Dictionary<object, object?> ?? throw Damaged("sets attributes of something other than a dict");
                break;
            default:
                throw Damaged($"has the opcode 0x{opcode:X2}, which no checkpoint needs");
        }

        return true;
    }

    private void Reduce()
    {
        var arguments = Pop() as object?[] ?? throw Damaged("calls something with no tuple of arguments");
        var name = Pop() as PickledName ?? throw Damaged("calls something that is not a name");
        _stack.Add(TorchNames.Construct(name, arguments) ?? throw Damaged($"gives {name.Name} other arguments than torch.save does"));
    }

    private readonly void Append(object?[] items)
    {
        var list = Top() as List<object?> ?? throw Damaged("appends to something other than a list");
        list.AddRange(items);
    }

    private readonly void SetItems(object?[] keysAndValues)
    {
        var dictionary = Top() as Dictionary<object, object?> ?? throw Damaged("sets items of something other than a dict");
        if (keysAndValues.Length % 2 != 0)
            throw Damaged("has a key without a value");
        for (int i = 0; i < keysAndValues.Length; i += 2)
        {
            if (keysAndValues[i] is not (string or long))
                throw Damaged("has a key that is neither a text nor a whole number");
            if (!dictionary.TryAdd(keysAndValues[i]!, keysAndValues[i + 1]))
                throw Damaged($"has the key {Quoted.Of(keysAndValues[i]!.ToString()!)} twice");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _pickle.Length - _position)
            throw Damaged("is cut off");
        ReadOnlySpan<byte> taken = _pickle.Slice(_position, count);
        _position += count;
        return taken;
    }

    private long TakeLong()
    {
        ReadOnlySpan<byte> bytes = Take(Take(1)[0]); // little-endian, two's complement
        if (bytes.Length > sizeof(long))
            throw Damaged($"has a number of {bytes.Length} bytes");
        long value = bytes is [.., >= 0x80] ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    private string TakeText()
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return Decode(Take((int)Math.Min(length, int.MaxValue)));
    }

    private PickledName TakeName()
    {
        string name = $"{TakeLine()}.{TakeLine()}";
        return TorchNames.IsKnown(name)
            ? new PickledName(name)
            : throw new PagedException($"{_origin} names {Quoted.Of(name)}, which no checkpoint of plain tensors needs; nothing of it was run.");
    }

    private string TakeLine()
    {
        int length = _pickle[_position..].IndexOf((byte)'\n');
        if (length < 0)
            throw Damaged("is cut off");
        string line = Decode(Take(length));
        _position++;
        return line;
    }

    private readonly string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Damaged("has a text that is not UTF-8");
        }
    }

    private readonly object? Recall(uint index) =>
        _memo.TryGetValue(index, out object? value) ? value : throw Damaged("recalls a value that was never kept");

    private readonly object? Top() => _stack.Count > Floor() ? _stack[^1] : throw Damaged("takes a value that is not there");

    private readonly object? Pop() => PopMany(1)[0];

    private readonly object?[] PopMany(int count)
    {
        if (_stack.Count - Floor() < count)
            throw Damaged("takes a value that is not there");
        object?[] values = [.. _stack.GetRange(_stack.Count - count, count)];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private readonly object?[] PopToMark()
    {
        object?[] values = PopMany(_stack.Count - Floor());
        return _marks.TryPop(out _) ? values : throw Damaged("has no mark where one is needed");
    }

    // Values below the last mark are out of reach until the mark is taken.
    private readonly int Floor() => _marks.TryPeek(out int height) ? height : 0;

    private readonly PagedException Damaged(string how) =>
        new($"{_origin} {how} (byte {_position}); it is damaged or no checkpoint of torch.save.");
}
