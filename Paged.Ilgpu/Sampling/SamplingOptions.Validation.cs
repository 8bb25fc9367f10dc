namespace Paged.Ilgpu.Sampling;

/// <summary>Which values make sense.</summary>
public sealed partial record SamplingOptions
{
    private const int MostLogProbabilities = 20;

    /// <summary>Returns the options themselves once they are known to make sense.</summary>
    /// <exception cref="PagedException">A value is out of its range; the message names it as the OpenAI API and vLLM do.</exception>
    public SamplingOptions Validated()
    {
        Require(MaxTokens is not < 1, "max_tokens", MaxTokens, "at least 1");
        Require(MinTokens >= 0 && MinTokens <= (MaxTokens ?? int.MaxValue), "min_tokens", MinTokens, MaxTokens is { } most
            ? $"from 0 to max_tokens, which is {most}"
            : "at least 0");
        Require(Temperature is >= 0 and <= 2, "temperature", Temperature, "a number from 0 to 2");
        Require(TopP is > 0 and <= 1, "top_p", TopP, "a number above 0, at most 1");
        Require(TopK >= 0, "top_k", TopK, "at least 0, which is for all tokens");
        Require(MinP is >= 0 and <= 1, "min_p", MinP, "a number from 0 to 1");
        Require(RepetitionPenalty is > 0 and < double.PositiveInfinity, "repetition_penalty", RepetitionPenalty, "a number above 0");
        Require(PresencePenalty is >= -2 and <= 2, "presence_penalty", PresencePenalty, "a number from -2 to 2");
        Require(FrequencyPenalty is >= -2 and <= 2, "frequency_penalty", FrequencyPenalty, "a number from -2 to 2");
        Require(LogProbabilities is null or (>= 0 and <= MostLogProbabilities), "logprobs", LogProbabilities, $"from 0 to {MostLogProbabilities}");
        foreach ((int id, float bias) in LogitBias)
            Require(bias is >= -100 and <= 100, $"logit_bias of token {id}", bias, "a number from -100 to 100");
        foreach (string stop in StopStrings)
            Require(!string.IsNullOrEmpty(stop), "stop", "an empty text", "a text of at least one character");
        return this;
    }

    /// <summary>Returns the options themselves once they are known to make sense for a vocabulary.</summary>
    /// <param name="vocabularySize">Number of the model's ids.</param>
    /// <exception cref="PagedException">A value is out of its range, or an id is none of the vocabulary's.</exception>
    public SamplingOptions ValidatedFor(int vocabularySize)
    {
        _ = Validated();
        string range = $"from 0 to {vocabularySize - 1}, as the model's ids are";
        foreach (int id in StopTokenIds)
            Require((uint)id < (uint)vocabularySize, "stop_token_ids", id, range);
        foreach (int id in LogitBias.Keys)
            Require((uint)id < (uint)vocabularySize, "logit_bias", id, range);
        if (HoldsStopIds(0) && StopTokenIds.Distinct().Count() == vocabularySize)
            throw new PagedException($"min_tokens is {MinTokens} and stop_token_ids names all {vocabularySize} ids; at least one must be left to draw.");
        return this;
    }

    private static void Require(bool isInRange, string name, object? value, string range)
    {
        if (!isInRange)
            throw new PagedException($"The value of {name} is {value}; it must be {range}.");
    }
}
