using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>The configuration that a GGUF file carries.</summary>
internal static class GgufModel
{
    /// <summary>Llama 3.1's scaling in llama.cpp's form, [headDim / 2]: what each pair's frequency is divided by.</summary>
    public const string FrequencyDivisors = "rope_freqs.weight";

    /// <summary>Reads it.</summary>
    /// <param name="files">The model's files, of which the first has the metadata.</param>
    /// <exception cref="PagedException">It is not understood.</exception>
    public static ConfigFile ReadConfig(CheckpointFiles files)
    {
        GgufMetadata metadata = ((GgufFile)files.Files[0]).Metadata;
        if (metadata.Whole("split.count") is long count && count != files.Files.Count && count > 1)
        {
            throw new PagedException($"{files.Files[0].Path} is one of {count} parts by its 'split.count', "
                + $"expected names that end in -00001-of-{count:D5}.gguf and so on.");
        }

        var values = metadata.Keys.Where(IsRead).ToDictionary(key => key, key => metadata.Find(key));
        long[] shape = files.Find(WeightNames.Embedding) is [StoredTensor embedding] ? [.. embedding.Shape] : [];
        return new GgufConfig(new ConfigValues(files.Files[0].Path, values)).Read(new GgufTensorFacts(
            VocabularySize: shape is [> 0 and <= int.MaxValue and long rows, _] ? (int)rows : null,
            TiedEmbedding: files.Find(WeightNames.Output).Length == 0,
            AttentionBias: files.Find(WeightNames.BiasOf(WeightNames.Query(0))).Length > 0,
            FeedForwardBias: files.Find(WeightNames.BiasOf(WeightNames.Gate(0))).Length > 0,
            ReadDivisors(files)));
    }

    private static bool IsRead(string key) => key.StartsWith(GgufConfig.Prefix, StringComparison.Ordinal)
        || key is "general.architecture" or GgufConfig.BeginKey || GgufConfig.EndKeys.Contains(key);

    private static double[]? ReadDivisors(CheckpointFiles files)
    {
        StoredTensor? stored = files.Tensors.FirstOrDefault(tensor => tensor.Name == FrequencyDivisors);
        if (stored is null)
            return null;
        if (stored is not { Shape: [<= ConfigLimits.HeadDim and long count], Type: not null, IsQuantized: false })
        {
            throw new PagedException($"Tensor '{FrequencyDivisors}' of {stored.Path} has the shape {TensorShape.Show(stored.Shape)} "
                + $"of {stored.TypeName}, expected at most {ConfigLimits.HeadDim} numbers.");
        }

        var divisors = new float[count];
        stored.Read(0, divisors);
        return Array.ConvertAll(divisors, divisor => (double)divisor);
    }
}
