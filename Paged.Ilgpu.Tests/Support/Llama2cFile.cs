using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// llama2.c's version 0 file (karpathy/llama2.c, run.c: Config and memory_map_weights): seven int32, then float32 tensors in a fixed
/// order, each kind for all layers at once. A form of stories260K that shares no code with the library's readers.
/// </summary>
internal static class Llama2cFile
{
    private const int HeaderBytes = 7 * sizeof(int);

    public static (LlamaConfig Config, IWeightSource Weights) Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int[] header = new int[HeaderBytes / sizeof(int)];
        float[] elements = new float[(bytes.Length - HeaderBytes) / sizeof(float)];
        Buffer.BlockCopy(bytes, 0, header, 0, HeaderBytes);
        Buffer.BlockCopy(bytes, HeaderBytes, elements, 0, elements.Length * sizeof(float));

        LlamaConfig config = new()
        {
            HiddenSize = header[0],
            IntermediateSize = header[1],
            LayerCount = header[2],
            HeadCount = header[3],
            KeyValueHeadCount = header[4],
            HeadDim = header[0] / header[3],
            VocabularySize = Math.Abs(header[5]),
            MaxPositions = header[6],
            RmsNormEpsilon = 1e-5f,
            RopeTheta = 10_000,
            TiedEmbedding = header[5] > 0, // the sign says so
        };
        return (config, Tensors(config, elements));
    }

    private static ArrayWeights Tensors(LlamaConfig config, float[] elements)
    {
        ArrayWeights weights = new(ElementType.Float32);
        int offset = 0;
        int hidden = config.HiddenSize;
        int queryWidth = config.HeadCount * config.HeadDim;
        int keyValueWidth = config.KeyValueHeadCount * config.HeadDim;
        Take(WeightNames.Embedding, config.VocabularySize, hidden);
        TakeLayers(WeightNames.AttentionNorm, 1, hidden);
        TakeLayers(WeightNames.Query, queryWidth, hidden);
        TakeLayers(WeightNames.Key, keyValueWidth, hidden);
        TakeLayers(WeightNames.Value, keyValueWidth, hidden);
        TakeLayers(WeightNames.AttentionOutput, hidden, queryWidth);
        TakeLayers(WeightNames.FeedForwardNorm, 1, hidden);
        TakeLayers(WeightNames.Gate, config.IntermediateSize, hidden);
        TakeLayers(WeightNames.Down, hidden, config.IntermediateSize);
        TakeLayers(WeightNames.Up, config.IntermediateSize, hidden);
        Take(WeightNames.FinalNorm, 1, hidden);
        offset += config.MaxPositions * config.HeadDim; // cosines and sines, which nobody reads
        if (!config.TiedEmbedding)
            Take(WeightNames.Output, config.VocabularySize, hidden);
        Assert.That(offset, Is.EqualTo(elements.Length), "the file ends where its tensors end");
        return weights;

        void Take(string name, int rows, int columns)
        {
            weights.Add(name, rows, columns, elements[offset..(offset + (rows * columns))]);
            offset += rows * columns;
        }

        void TakeLayers(Func<int, string> name, int rows, int columns)
        {
            for (int layer = 0; layer < config.LayerCount; layer++)
                Take(name(layer), rows, columns);
        }
    }
}
