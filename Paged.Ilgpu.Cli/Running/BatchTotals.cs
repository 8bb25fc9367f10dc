namespace Paged.Ilgpu.Cli.Running;

/// <summary>How far a batch is.</summary>
internal sealed class BatchTotals
{
    /// <summary>Requests of the batch.</summary>
    public required int Requests { get; init; }

    /// <summary>Requests with an answer.</summary>
    public int Answered { get; set; }

    /// <summary>Requests with an error line.</summary>
    public int Refused { get; set; }

    /// <summary>Requests that run.</summary>
    public int Running { get; set; }

    /// <summary>Requests that wait for room.</summary>
    public int Waiting { get; set; }

    /// <summary>Prompt tokens of the requests that were answered.</summary>
    public long PromptTokens { get; set; }

    /// <summary>Tokens of their answers.</summary>
    public long CompletionTokens { get; set; }

    /// <summary>Tokens drawn, those of answers that still grow included.</summary>
    public long GeneratedTokens { get; set; }

    /// <summary>Time since the first step began; loading is not part of it.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Requests that need no more work.</summary>
    public int Done => Answered + Refused;
}
