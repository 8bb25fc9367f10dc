using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>What a run did and what it took.</summary>
internal sealed record RunSummary : CacheReport
{
    /// <param name="engine">The engine, when all is done.</param>
    /// <param name="totals">What it was asked for.</param>
    public RunSummary(PagedEngine engine, BatchTotals totals)
        : base(engine.Options.Cache, engine.CacheOptions, engine.KvBytesPerToken, engine.DeviceMemoryBytes, engine.Statistics, engine.Usage)
    {
        WeightBytes = engine.WeightBytes;
        Requests = totals.Requests;
        Answered = totals.Answered;
        Refused = totals.Refused;
        PromptTokens = totals.PromptTokens;
        CompletionTokens = totals.CompletionTokens;
        Seconds = totals.Elapsed.TotalSeconds;
    }

    public int Requests { get; }

    /// <summary>Requests with an answer.</summary>
    public int Answered { get; }

    /// <summary>Requests with an error line.</summary>
    public int Refused { get; }

    public long PromptTokens { get; }

    public long CompletionTokens { get; }

    /// <summary>From the first step's begin to the last one's end; loading is not part of it.</summary>
    public double Seconds { get; }

    public double PromptTokensPerSecond => Seconds == 0 ? 0 : PromptTokens / Seconds;

    public double CompletionTokensPerSecond => Seconds == 0 ? 0 : CompletionTokens / Seconds;

    public long WeightBytes { get; }
}
