using System.Runtime.InteropServices;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// A version 0 file of llama2.c (github.com/karpathy/llama2.c, export.py): seven int32, then float32 weights, kind by kind and in each
/// kind layer by layer; rows of queries and keys are interleaved. A positive vocabulary size means a tied output.
/// </summary>
internal static class Llama2cFile
{
    private const int HeaderBytes = 7 * sizeof(int);

    /// <summary>The elements of every tensor, row-major, by the project's own name.</summary>
    public static Dictionary<string, float[]> Read(string path, LlamaConfig config)
    {
        byte[] bytes = File.ReadAllBytes(path);
        ReadOnlySpan<float> rest = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(HeaderBytes));
        var shapes = ExpectedTensors.Of(config).ToDictionary(tensor => tensor.Name, tensor => tensor.Rows * tensor.Columns);
        Func<int, string>[] kinds =
        [
            WeightNames.AttentionNorm, WeightNames.Query, WeightNames.Key, WeightNames.Value, WeightNames.AttentionOutput,
            WeightNames.FeedForwardNorm, WeightNames.Gate, WeightNames.Down, WeightNames.Up,
        ];
        IEnumerable<string> order = kinds.SelectMany(kind => Enumerable.Range(0, config.LayerCount).Select(kind));
        var tensors = new Dictionary<string, float[]>();
        foreach (string name in order.Prepend(WeightNames.Embedding).Append(WeightNames.FinalNorm))
        {
            tensors[name] = rest[..shapes[name]].ToArray();
            rest = rest[shapes[name]..];
        }

        return tensors;
    }
}
