using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>How answers are drawn and where they end, for requests that say nothing of their own; the names are those of vLLM.</summary>
internal sealed class GenerationOptions
{
    private readonly Option<int?> _maxTokens = CheckedOption.OptionalWhole(
        "--max-tokens", "Tokens of an answer, at most. [default: as many as the model's length and the KV cache have room for]", min: 1);

    private readonly Option<int> _minTokens = CheckedOption.Whole(
        "--min-tokens", "Tokens of an answer before which nothing but --max-tokens ends it.", defaultValue: 0, min: 0);

    private readonly Option<int> _answerCount = CheckedOption.Whole(
        "--n", "Answers to each prompt; -n, with one dash, counts requests.", defaultValue: 1, min: 1);

    private readonly Option<double> _temperature = Number(
        "--temperature", "Logits are divided by it before a token is drawn; 0: the likeliest token each time.", 0, 0, 2);

    private readonly Option<double> _topP = CheckedOption.Number(
        "--top-p",
        "Draw only from the likeliest tokens that together are this likely.",
        1,
        "a number above 0, at most 1",
        value => value is > 0 and <= 1);

    private readonly Option<int> _topK = CheckedOption.Whole(
        "--top-k", "Draw only from so many likeliest tokens; 0: from all.", defaultValue: 0, min: 0);

    private readonly Option<double> _minP = Number(
        "--min-p", "Draw only from tokens at least this many times as likely as the likeliest.", 0, 0, 1);

    private readonly Option<double> _repetitionPenalty = CheckedOption.Number(
        "--repetition-penalty",
        "Above 1, tokens of prompt and answer become less likely; below 1, likelier.",
        1,
        "a number above 0",
        value => value is > 0 and < double.PositiveInfinity);

    private readonly Option<double> _presencePenalty = Number(
        "--presence-penalty", "Taken off the logits of tokens that the answer has.", 0, -2, 2);

    private readonly Option<double> _frequencyPenalty = Number(
        "--frequency-penalty", "Taken off the logits of tokens for each time that the answer has them.", 0, -2, 2);

    private readonly Option<KeyValuePair<int, float>[]> _logitBias = CheckedOption.Repeated<KeyValuePair<int, float>>(
        "--logit-bias",
        "ID±BIAS",
        "Added to a token's logit, such as 15043+1.5 or 15043-100; may be repeated.",
        "a token id, then + or - and a number up to 100",
        TryReadBias);

    private readonly Option<string[]> _stopStrings = CheckedOption.Repeated<string>(
        "--stop",
        "TEXT",
        "A text that ends the answer; may be repeated.",
        "a text of at least one character",
        (text, out value) => (value = text).Length > 0);

    private readonly Option<int[]> _stopTokenIds = CheckedOption.Repeated<int>(
        "--stop-token-ids",
        "ID",
        "A token id that ends the answer, beside the model's own; may be repeated.",
        "a whole number, at least 0",
        CheckedOption.IsId);

    private readonly Option<bool> _includesStopString = new("--include-stop-str-in-output")
    {
        Description = "Let the stop string stay in the answer.",
    };

    private readonly Option<bool> _ignoreEos = new("--ignore-eos") { Description = "Go on where the model would end its answer." };

    private readonly Option<int?> _logProbabilities = CheckedOption.Create<int?>(
        "--logprobs",
        "N",
        "Tell log probabilities of the answer's tokens, and of N likeliest ones beside each.",
        "a whole number from 0 to 20",
        (text, out value) =>
        {
            bool isWhole = int.TryParse(text, NumberStyles.None, null, out int count);
            value = count;
            return isWhole && count <= 20;
        });

    private readonly Option<GenerationSource> _source = CheckedOption.Choice(
        "--generation-config",
        "Take temperature, top-p, top-k, min-p and repetition penalty, where no option says them, from the checkpoint's generation_config.json, or not.",
        ("auto", GenerationSource.Checkpoint),
        ("none", GenerationSource.None));

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _source,
            _maxTokens, _minTokens, _answerCount, _temperature, _topP, _topK, _minP,
            _repetitionPenalty, _presencePenalty, _frequencyPenalty, _logitBias, _stopStrings, _stopTokenIds, _includesStopString, _ignoreEos, _logProbabilities,
        ];
        foreach (Option option in all)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (Given(result, _minTokens) is { } fewest && Given(result, _maxTokens) is { } most && fewest > most)
                result.AddError($"The option --min-tokens is \"{fewest}\"; expected is at most --max-tokens, which is {most}.");
        });
    }

    /// <summary>Answers to each prompt.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="maxSequences">Sequences that run at once, at most: answers to one prompt begin together.</param>
    /// <exception cref="PagedException">There are more answers than that.</exception>
    public int AnswerCount(ParseResult options, int maxSequences)
    {
        int count = options.GetValue(_answerCount);
        return count <= maxSequences
            ? count
            : throw new PagedException($"The option {_answerCount.Name} is {count}; expected is at most {maxSequences}, as many as run at once (--max-num-seqs).");
    }

    /// <summary><see cref="Defaults(ParseResult, GenerationDefaults)"/>, once it is known that the model can have them.</summary>
    /// <exception cref="PagedException">A token id is none of the model's.</exception>
    public SamplingOptions Defaults(ParseResult options, LoadedModel model) =>
        Defaults(options, model.Generation).ValidatedFor(model.Checkpoint.Config.VocabularySize);

    /// <summary>
    /// What holds where a request says nothing. Stop ids are those the user names; the model's own join them by
    /// <see cref="SamplingOptions.WithModelEnds"/>. Without --seed there is none, and each request's number is its own.
    /// </summary>
    /// <param name="options">The command line.</param>
    /// <param name="checkpoint">What the checkpoint's authors say, which any option goes before.</param>
    public SamplingOptions Defaults(ParseResult options, GenerationDefaults checkpoint)
    {
        if (options.GetValue(_source) == GenerationSource.None)
            checkpoint = new GenerationDefaults();
        return new()
        {
            MaxTokens = options.GetValue(_maxTokens),
            MinTokens = options.GetValue(_minTokens),
            StopTokenIds = options.GetValue(_stopTokenIds) ?? [],
            StopStrings = options.GetValue(_stopStrings) ?? [],
            IncludesStopString = options.GetValue(_includesStopString),
            IgnoreEos = options.GetValue(_ignoreEos),
            Temperature = Choose(options, _temperature, checkpoint.Temperature),
            TopP = Choose(options, _topP, checkpoint.TopP),
            TopK = Choose(options, _topK, checkpoint.TopK),
            MinP = Choose(options, _minP, checkpoint.MinP),
            RepetitionPenalty = Choose(options, _repetitionPenalty, checkpoint.RepetitionPenalty),
            PresencePenalty = options.GetValue(_presencePenalty),
            FrequencyPenalty = options.GetValue(_frequencyPenalty),
            LogitBias = (options.GetValue(_logitBias) ?? []).GroupBy(one => one.Key, one => one.Value).ToDictionary(one => one.Key, one => one.Last()),
            LogProbabilities = options.GetValue(_logProbabilities),

            // One option for all that is random: it belongs to the model's options, where dummy weights need it as well.
            Seed = options.GetResult(ModelOptions.SeedName) is OptionResult { Implicit: false } seed ? seed.GetValueOrDefault<int>() : null,
        };
    }

    private static T Choose<T>(ParseResult options, Option<T> option, T? checkpoint)
        where T : struct =>
        checkpoint is { } value && options.GetResult(option) is not OptionResult { Implicit: false } ? value : options.GetValue(option);

    // Read from the words themselves: a value that is wrong by itself has been told already.
    private static int? Given(CommandResult command, Option option) =>
        command.GetResult(option) is { Tokens: [{ Value: var text }] } && CheckedOption.IsId(text, out int value) ? value : null;

    private static Option<double> Number(string name, string description, double defaultValue, double min, double max) =>
        CheckedOption.Number(
            name, description, defaultValue, $"a number from {min} to {max}", value => value >= min && value <= max);

    private static bool TryReadBias(string text, out KeyValuePair<int, float> value)
    {
        int sign = text.AsSpan().IndexOfAny('+', '-');
        int id = 0;
        float bias = 0;
        bool isRead = sign > 0
            && CheckedOption.IsId(text[..sign], out id)
            && float.TryParse(text.AsSpan(sign), NumberStyles.Float, provider: null, out bias)
            && bias is >= -100 and <= 100;
        value = new(id, bias);
        return isRead;
    }
}
