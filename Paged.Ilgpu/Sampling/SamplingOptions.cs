namespace Paged.Ilgpu.Sampling;

/// <summary>How the answer to one prompt is drawn and where it ends.</summary>
public sealed record SamplingOptions
{
    /// <summary>Tokens of the answer at most, at least 1; null where only the model's length ends it.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Tokens of the answer before which stop ids do not end it, at least 0.</summary>
    public int MinTokens { get; init; }

    /// <summary>Ids that end the answer; the id that ended it is its last token.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Whether stop ids are taken for ordinary tokens.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Returns the options themselves once they are known to make sense.</summary>
    /// <exception cref="PagedException">A value is out of its range.</exception>
    public SamplingOptions Validated()
    {
        if (MaxTokens is < 1)
            throw new PagedException($"The most tokens of an answer is {MaxTokens}; it must be at least 1.");
        if (MinTokens < 0 || MinTokens > (MaxTokens ?? int.MaxValue))
            throw new PagedException($"The fewest tokens of an answer is {MinTokens}; it must be at least 0 and at most {MaxTokens ?? int.MaxValue}.");
        return this;
    }

    /// <summary>Whether an answer ends with this token.</summary>
    /// <param name="token">The last token of the answer.</param>
    /// <param name="answerLength">Tokens of the answer, this one included.</param>
    public bool IsStop(int token, int answerLength)
    {
        if (IgnoreEos || answerLength < MinTokens)
            return false;
        for (int i = 0; i < StopTokenIds.Count; i++)
        {
            if (StopTokenIds[i] == token)
                return true;
        }

        return false;
    }
}
