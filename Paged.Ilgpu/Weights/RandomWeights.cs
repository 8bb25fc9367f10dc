using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>
/// Random weights of a model's shape, nothing of them stored: a row depends on the seed, the tensor's name and the row alone, so any row
/// can be read at any time, in any order, from any thread. Matrices are spread like a bell around 0 with a standard deviation of 0.018,
/// norms are 1; all values are exact in every <see cref="ElementType"/>.
/// </summary>
/// <param name="config">The model.</param>
/// <param name="seed">Other seeds give other weights.</param>
/// <param name="type">The type that the tensors say they are stored in.</param>
public sealed class RandomWeights(LlamaConfig config, ulong seed = 0, ElementType type = ElementType.BFloat16) : IWeightSource
{
    private readonly Dictionary<string, (string Name, int Rows, int Columns)> _shapes =
        ExpectedTensors.Of(config).ToDictionary(tensor => tensor.Name);

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _shapes.Keys;

    /// <inheritdoc/>
    public WeightTensor GetTensor(string name, int expectedRows, int expectedColumns)
    {
        if (!_shapes.TryGetValue(name, out (string Name, int Rows, int Columns) shape))
            throw new PagedException($"The model has no tensor '{name}', expected one of [{expectedRows}, {expectedColumns}].");
        if (shape.Rows != expectedRows || shape.Columns != expectedColumns)
        {
            throw new PagedException($"Tensor '{name}' has the shape [{shape.Rows}, {shape.Columns}], "
                + $"expected [{expectedRows}, {expectedColumns}].");
        }

        return new RandomTensor(name, type, shape.Rows, shape.Columns, seed);
    }

    /// <summary>Does nothing: random weights hold nothing.</summary>
    public void Dispose()
    {
    }
}

/// <summary>One tensor of <see cref="RandomWeights"/>.</summary>
internal sealed class RandomTensor(string name, ElementType type, int rowCount, int columnCount, ulong seed) : WeightTensor
{
    // A power of two keeps every value exact in bfloat16 and float16, as the numerators below fit 8 bits.
    private const float Scale = 1f / 4096;

    private readonly ulong _key = XxHash64.HashToUInt64(MemoryMarshal.AsBytes(name.AsSpan()), unchecked((long)seed));
    private readonly bool _isNorm = rowCount == 1;

    public override string Name => name;

    public override ElementType Type => type;

    public override int RowCount => rowCount;

    public override int ColumnCount => columnCount;

    public override void ReadRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, rowCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, columnCount);
        if (_isNorm)
        {
            destination.Fill(1);
            return;
        }

        ulong key = Mix(_key + ((ulong)row + 1) * 0x9E3779B97F4A7C15);
        int done = 0;
        Vector<uint> column = Vector<uint>.Indices;
        for (; done <= columnCount - Vector<uint>.Count; done += Vector<uint>.Count)
        {
            Bell(Hash(column, key)).CopyTo(destination[done..]);
            column += new Vector<uint>((uint)Vector<uint>.Count);
        }

        if (done < columnCount)
        {
            Span<float> rest = stackalloc float[Vector<float>.Count];
            Bell(Hash(column, key)).CopyTo(rest);
            rest[..(columnCount - done)].CopyTo(destination[done..]);
        }
    }

    // Every bit of the result depends on every bit of the number (the finalizer of splitmix64, Steele et al. 2014).
    private static ulong Mix(ulong number)
    {
        number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
        number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
        return number ^ (number >> 31);
    }

    // The same idea in 32 bits (the finalizer of MurmurHash3, Appleby), one column a lane, keyed before and within.
    private static Vector<uint> Hash(Vector<uint> column, ulong key)
    {
        Vector<uint> bits = column * new Vector<uint>(0x9E3779B9) + new Vector<uint>((uint)key);
        bits = (bits ^ (bits >>> 16)) * new Vector<uint>(0x85EBCA6B);
        bits ^= new Vector<uint>((uint)(key >> 32));
        bits = (bits ^ (bits >>> 13)) * new Vector<uint>(0xC2B2AE35);
        return bits ^ (bits >>> 16);
    }

    // Two 7-bit numbers less two others: a sum of four even spreads, close to a normal one of standard deviation 73.9.
    private static Vector<float> Bell(Vector<uint> bits)
    {
        var mask = new Vector<uint>(0x7F);
        Vector<uint> plus = (bits & mask) + ((bits >>> 8) & mask);
        Vector<uint> minus = ((bits >>> 16) & mask) + ((bits >>> 24) & mask);
        return Vector.ConvertToSingle(Vector.AsVectorInt32(plus - minus)) * new Vector<float>(Scale);
    }
}
