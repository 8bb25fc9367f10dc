namespace Paged.Ilgpu.Config;

/// <summary>How a checkpoint's authors would have answers drawn, where nobody says otherwise; null where they do not say.</summary>
public sealed record GenerationDefaults
{
    /// <summary>Logits are divided by it; 0: the likeliest token each time.</summary>
    public double? Temperature { get; init; }

    /// <summary>The likeliest tokens that together are this likely are drawn from; above 0, at most 1.</summary>
    public double? TopP { get; init; }

    /// <summary>So many likeliest tokens are drawn from; 0: all.</summary>
    public int? TopK { get; init; }

    /// <summary>Tokens at least this many times as likely as the likeliest are drawn from; 0 to 1.</summary>
    public double? MinP { get; init; }

    /// <summary>Above 1, tokens of prompt and answer become less likely.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>The tokens that end an answer, beside those of config.json and the tokenizer.</summary>
    public IReadOnlyList<int> EndOfTextIds { get; init; } = [];
}
