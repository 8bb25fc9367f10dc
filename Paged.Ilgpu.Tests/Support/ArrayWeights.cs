using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>A checkpoint held in arrays, for tests.</summary>
/// <param name="type">The type in which every tensor claims to be stored; the elements must be values of it.</param>
internal sealed class ArrayWeights(ElementType type) : IWeightSource
{
    private readonly Dictionary<string, ArrayTensor> _tensors = [];

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    public void Add(string name, int rows, int columns, float[] elements)
    {
        Assert.That(elements, Has.Length.EqualTo(rows * columns), $"elements of {name}");
        _tensors.Add(name, new ArrayTensor(name, type, rows, columns, elements));
    }

    public WeightTensor GetTensor(string name, int expectedRows, int expectedColumns)
    {
        if (!_tensors.TryGetValue(name, out ArrayTensor? tensor))
            throw new PagedException($"The test's weights have no tensor {name}.");
        if (tensor.RowCount != expectedRows || tensor.ColumnCount != expectedColumns)
        {
            throw new PagedException(
                $"The tensor {name} is [{tensor.RowCount}, {tensor.ColumnCount}] where [{expectedRows}, {expectedColumns}] was expected.");
        }

        return tensor;
    }

    public void Dispose()
    {
    }

    private sealed class ArrayTensor(string name, ElementType type, int rows, int columns, float[] elements) : WeightTensor
    {
        public override string Name => name;

        public override ElementType Type => type;

        public override int RowCount => rows;

        public override int ColumnCount => columns;

        public override void ReadRow(int row, Span<float> destination) => elements.AsSpan(row * columns, columns).CopyTo(destination);
    }
}
