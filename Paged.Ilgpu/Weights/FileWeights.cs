using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>The weights of a model in the files of one checkpoint. Every tensor there is used, ignored by name, or an error.</summary>
internal sealed class FileWeights : IWeightSource
{
    private readonly IReadOnlyList<ITensorFile> _files;
    private readonly List<string> _names = [];
    private readonly Dictionary<string, (StoredTensor Stored, RopeRowOrder Order)> _tensors = [];
    private readonly int _headDim;

    /// <summary>Takes over the files, and checks that they hold the model's tensors and nothing that is not understood.</summary>
    /// <exception cref="PagedException">A tensor is absent, of another shape or type, there twice, or not understood.</exception>
    public FileWeights(IReadOnlyList<ITensorFile> files, LlamaConfig config)
    {
        _files = files;
        _headDim = config.HeadDim;
        var expected = ExpectedTensors.Of(config).ToDictionary(tensor => tensor.Name);
        foreach (StoredTensor stored in files.SelectMany(file => file.Tensors).Where(stored => !CheckpointNames.IsIgnored(stored.Name)))
        {
            if (!CheckpointNames.TryTranslate(stored.Name, out string name, out RopeRowOrder order))
            {
                throw new PagedException($"Tensor {Quoted.Of(stored.Name)} of {stored.Path} is not understood, "
                    + "expected only the weights of a Llama model.");
            }

            // A tied model's output matrix is the embedding, whatever else the file keeps under its name.
            if (name == WeightNames.Output && config.TiedEmbedding)
                continue;
            if (!expected.ContainsKey(name))
            {
                throw new PagedException($"Tensor {Quoted.Of(stored.Name)} of {stored.Path} is "
                    + (name.EndsWith(WeightNames.BiasEnding, StringComparison.Ordinal)
                        ? "a bias that the configuration does not speak of ('attention_bias', 'mlp_bias')."
                        : $"of a layer beyond the {config.LayerCount} configured."));
            }

            if (!_tensors.TryAdd(name, (stored, order)))
            {
                throw new PagedException($"Tensor {Quoted.Of(stored.Name)} of {stored.Path} "
                    + $"is there twice, last as {Quoted.Of(_tensors[name].Stored.Name)}.");
            }

            _names.Add(name);
        }

        foreach ((string name, int rows, int columns) in expected.Values)
            _ = GetTensor(name, rows, columns);
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _names;

    /// <inheritdoc/>
    public WeightTensor GetTensor(string name, int expectedRows, int expectedColumns)
    {
        if (!_tensors.TryGetValue(name, out (StoredTensor Stored, RopeRowOrder Order) found))
            throw new PagedException($"{_files[0].Path} has no tensor for '{name}', expected one of [{expectedRows}, {expectedColumns}].");
        StoredTensor stored = found.Stored;
        bool shapeIsRight = stored.Shape is [long length]
            ? (expectedRows == 1 || expectedColumns == 1) && length == (long)expectedRows * expectedColumns
            : stored.Shape is [long rows, long columns] && rows == expectedRows && columns == expectedColumns;
        if (!shapeIsRight)
        {
            throw new PagedException($"Tensor {Quoted.Of(stored.Name)} of {stored.Path} has the shape {TensorShape.Show(stored.Shape)}, "
                + $"expected [{expectedRows}, {expectedColumns}] by the configuration.");
        }

        var tensor = new FileWeightTensor(name, stored, expectedRows, expectedColumns);
        return found.Order == RopeRowOrder.HalfSplit && HasRopeRows(name) ? new InterleavedRopeTensor(tensor, _headDim) : tensor;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ITensorFile file in _files)
            file.Dispose();
    }

    private static bool HasRopeRows(string name)
    {
        ReadOnlySpan<char> matrix = name.EndsWith(WeightNames.BiasEnding, StringComparison.Ordinal)
            ? name.AsSpan(0, name.Length - WeightNames.BiasEnding.Length)
            : name;
        return matrix.EndsWith(".query") || matrix.EndsWith(".key");
    }
}
