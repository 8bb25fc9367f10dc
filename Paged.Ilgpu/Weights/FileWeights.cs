using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>The weights of a model in the files of one checkpoint. Every tensor there is used, ignored by name, or an error.</summary>
internal sealed class FileWeights : IWeightSource
{
    private readonly CheckpointFiles _files;
    private readonly List<string> _names = [];
    private readonly Dictionary<string, (List<StoredTensor> Parts, RopeRowOrder Order)> _tensors = [];
    private readonly int _headDim;

    /// <summary>Takes over the files, and checks that they hold the model's tensors and nothing that is not understood.</summary>
    /// <exception cref="PagedException">A tensor is absent, of another shape or type, there twice, or not understood.</exception>
    public FileWeights(CheckpointFiles files, LlamaConfig config)
    {
        _files = files;
        _headDim = config.HeadDim;
        var expected = ExpectedTensors.Of(config).ToDictionary(tensor => tensor.Name);
        foreach (StoredTensor stored in files.Tensors.Where(stored => !CheckpointNames.IsIgnored(stored.Name)))
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

            Add(name, stored, order);
        }

        foreach ((string name, int rows, int columns) in expected.Values)
            _ = GetTensor(name, rows, columns);
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _names;

    /// <inheritdoc/>
    public WeightTensor GetTensor(string name, int expectedRows, int expectedColumns)
    {
        string where = _files.Files[0].Path;
        if (!_tensors.TryGetValue(name, out (List<StoredTensor> Parts, RopeRowOrder Order) found))
            throw new PagedException($"{where} has no tensor for '{name}', expected one of [{expectedRows}, {expectedColumns}].");
        if (_files.ShareTensors && found.Parts.Count != _files.Files.Count)
        {
            throw new PagedException($"Tensor {Quoted.Of(found.Parts[0].Name)} is in {found.Parts.Count} of the {_files.Files.Count} files "
                + $"beside {where}, expected a part of it in each.");
        }

        WeightTensor tensor = TensorParts.Join(name, found.Parts, expectedRows, expectedColumns);
        return found.Order == RopeRowOrder.HalfSplit && HasRopeRows(name) ? new InterleavedRopeTensor(tensor, _headDim) : tensor;
    }

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private void Add(string name, StoredTensor stored, RopeRowOrder order)
    {
        if (!_tensors.TryGetValue(name, out (List<StoredTensor> Parts, RopeRowOrder Order) found))
        {
            _tensors.Add(name, ([stored], order));
            _names.Add(name);
            return;
        }

        StoredTensor last = found.Parts[^1];
        bool isNextPart = _files.ShareTensors && last.Path != stored.Path && last.Name == stored.Name;
        if (!isNextPart)
        {
            throw new PagedException($"Tensor {Quoted.Of(stored.Name)} of {stored.Path} "
                + $"is there twice, last as {Quoted.Of(last.Name)} of {last.Path}.");
        }

        found.Parts.Add(stored);
    }

    private static bool HasRopeRows(string name)
    {
        ReadOnlySpan<char> matrix = name.EndsWith(WeightNames.BiasEnding, StringComparison.Ordinal)
            ? name.AsSpan(0, name.Length - WeightNames.BiasEnding.Length)
            : name;
        return matrix.EndsWith(".query") || matrix.EndsWith(".key");
    }
}
