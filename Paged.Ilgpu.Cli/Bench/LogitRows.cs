using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>The logits that follow each of several texts.</summary>
internal sealed class LogitRows
{
    private readonly float[][] _rows;

    private LogitRows(float[][] rows) => _rows = rows;

    /// <summary>Texts.</summary>
    public int Count => _rows.Length;

    /// <summary>One logit for each id of the vocabulary.</summary>
    public ReadOnlySpan<float> this[int text] => _rows[text];

    /// <summary>Computes them.</summary>
    /// <param name="texts">Token ids of each.</param>
    /// <param name="engine">The engine, without work. What one text shares with another's begin is computed once.</param>
    public static LogitRows After(IReadOnlyList<int[]> texts, PagedEngine engine)
    {
        var rows = new float[texts.Count][];
        var places = new Dictionary<long, int>();
        foreach (int[] text in texts)
            places.Add(engine.Add(text, new SamplingOptions { MaxTokens = 1, IgnoreEos = true }), places.Count);
        while (engine.HasWork)
            engine.Step((id, logits) => rows[places[id]] = logits.ToArray());
        return new LogitRows(rows);
    }
}
