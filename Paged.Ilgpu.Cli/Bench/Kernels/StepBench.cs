using System.Diagnostics;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>Times whole steps of an engine in which every sequence decodes one token: all layers, launches, uploads and the host's part.</summary>
/// <param name="engine">The engine.</param>
/// <param name="weightType">The type in which it stores the embedding.</param>
/// <param name="rates">The yardsticks.</param>
/// <param name="random">Of prompts.</param>
internal sealed class StepBench(PagedEngine engine, ElementType weightType, DeviceRates rates, Random random)
{
    private const int PromptLength = 32;
    private const int WarmSteps = 3;

    /// <summary>Steps of so many sequences; the best time of one.</summary>
    /// <param name="sequences">Sequences that decode.</param>
    /// <param name="seconds">How long it may take, roughly.</param>
    public KernelFigures Run(int sequences, double seconds)
    {
        int answerLength = Math.Min(512, engine.MaxModelLength - PromptLength);
        long[] ids = [.. Enumerable.Range(0, sequences).Select(_ => engine.Add(
            [.. Enumerable.Range(0, PromptLength).Select(_ => random.Next(engine.Config.VocabularySize))],
            new SamplingOptions { MaxTokens = answerLength, IgnoreEos = true }))];
        while (engine.WaitingCount > 0)
            engine.Step();
        for (int step = 0; step < WarmSteps; step++)
            engine.Step();

        double best = double.PositiveInfinity;
        double bytes = 0;
        double flops = 0;
        long begin = Stopwatch.GetTimestamp();
        for (int step = WarmSteps; step < answerLength - 2 && Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; step++)
        {
            long start = Stopwatch.GetTimestamp();
            engine.Step();
            double time = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (time >= best)
                continue;
            best = time;
            long context = engine.Usage.LogicalTokens;
            bytes = WeightBytesRead + (double)context * engine.KvBytesPerToken;
            flops = 2.0 * MatrixParameters * sequences + 4.0 * context * engine.Config.HeadCount * engine.Config.HeadDim * engine.Config.LayerCount;
        }

        foreach (long id in ids)
            engine.Abort(id);
        return KernelFigures.Of("decode step", $"{sequences} sequences", best, bytes, flops, rates, sequences);
    }

    // Of an embedding that is not the output matrix too only the tokens' own rows are read.
    private double WeightBytesRead => engine.WeightBytes
        - (engine.Config.TiedEmbedding ? 0 : (double)EmbeddingParameters * weightType.SizeInBytes());

    private long EmbeddingParameters => (long)engine.Config.VocabularySize * engine.Config.HiddenSize;

    private long MatrixParameters
    {
        get
        {
            long heads = (long)engine.Config.HeadCount * engine.Config.HeadDim;
            long keyValues = (long)engine.Config.KeyValueHeadCount * engine.Config.HeadDim;
            long layer = engine.Config.HiddenSize * (2 * heads + 2 * keyValues + 3L * engine.Config.IntermediateSize);
            return engine.Config.LayerCount * layer + EmbeddingParameters;
        }
    }
}
