using System.Globalization;
using System.Text.Json;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>The fields of a request that say how its answer is drawn and where it ends; what it does not say is as the command line says.</summary>
internal static class SamplingFields
{
    /// <summary>Likeliest tokens that are told beside each token of an answer, at most.</summary>
    public const int MostLogProbabilities = 20;

    private const int MostStopStrings = 4;
    private const string FromMinusTwoToTwo = "a number from -2 to 2";

    /// <exception cref="RefusalException">A value is out of its range.</exception>
    public static SamplingOptions Read(BodyFields fields, ServedModel model)
    {
        SamplingOptions defaults = model.Defaults;
        int? maxTokens = MaxTokens(fields) ?? defaults.MaxTokens;
        return defaults with
        {
            MaxTokens = maxTokens,
            MinTokens = fields.Whole("min_tokens", 0, maxTokens ?? int.MaxValue) ?? Math.Min(defaults.MinTokens, maxTokens ?? int.MaxValue),
            Temperature = fields.Number("temperature", value => value is >= 0 and <= 2, "a number from 0 to 2") ?? defaults.Temperature,
            TopP = fields.Number("top_p", value => value is > 0 and <= 1, "a number above 0, up to 1") ?? defaults.TopP,
            TopK = Math.Max(0, fields.Whole("top_k", -1) ?? defaults.TopK), // -1 is vLLM's older word for all
            MinP = fields.Number("min_p", value => value is >= 0 and <= 1, "a number from 0 to 1") ?? defaults.MinP,
            RepetitionPenalty = fields.Number("repetition_penalty", value => value > 0, "a number above 0") ?? defaults.RepetitionPenalty,
            PresencePenalty = fields.Number("presence_penalty", IsPenalty, FromMinusTwoToTwo) ?? defaults.PresencePenalty,
            FrequencyPenalty = fields.Number("frequency_penalty", IsPenalty, FromMinusTwoToTwo) ?? defaults.FrequencyPenalty,
            Seed = fields.LongWhole("seed") ?? defaults.Seed,
            IgnoreEos = fields.Flag("ignore_eos") ?? defaults.IgnoreEos,
            IncludesStopString = fields.Flag("include_stop_str_in_output") ?? defaults.IncludesStopString,
            StopStrings = StopStrings(fields) ?? defaults.StopStrings,
            StopTokenIds = StopTokenIds(fields, model.VocabularySize) ?? defaults.StopTokenIds,
            LogitBias = LogitBias(fields, model.VocabularySize) ?? defaults.LogitBias,
        };
    }

    private static bool IsPenalty(double value) => value is >= -2 and <= 2;

    private static int? MaxTokens(BodyFields fields)
    {
        int? older = fields.Whole("max_tokens", 1);
        int? newer = fields.Whole("max_completion_tokens", 1);
        if (older is not null && newer is not null && older != newer)
        {
            throw new RefusalException(new Refusal(
                "invalid_value",
                $"The field max_tokens is {older} and max_completion_tokens, its newer name, is {newer}; expected is one of them.",
                "max_completion_tokens"));
        }

        return newer ?? older;
    }

    private static string[]? StopStrings(BodyFields fields)
    {
        const string Expected = "a text that is not empty, or up to 4 of them";
        if (fields.Take("stop") is not { } stop)
            return null;
        string[] texts = stop.ValueKind == JsonValueKind.String
            ? [BodyFields.TextOf("stop", stop)]
            : [.. BodyFields.ArrayOf("stop", stop, Expected).EnumerateArray().Select(text => BodyFields.TextOf("stop", text))];
        return texts.Length <= MostStopStrings && !texts.Contains("") ? texts : throw BodyFields.Refused("stop", stop, Expected);
    }

    private static int[]? StopTokenIds(BodyFields fields, int vocabularySize)
    {
        if (fields.Take("stop_token_ids") is not { } ids)
            return null;
        return [.. BodyFields.ArrayOf("stop_token_ids", ids, "an array of token ids").EnumerateArray()
            .Select(id => BodyFields.WholeOf("stop_token_ids", id, 0, vocabularySize - 1))];
    }

    private static Dictionary<int, float>? LogitBias(BodyFields fields, int vocabularySize)
    {
        if (fields.Take("logit_bias") is not { } written)
            return null;
        if (written.ValueKind != JsonValueKind.Object)
            throw BodyFields.Refused("logit_bias", written, "an object of token ids, each with a number from -100 to 100");
        var bias = new Dictionary<int, float>();
        foreach (JsonProperty entry in written.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, provider: null, out int id) || id >= vocabularySize)
            {
                throw new RefusalException(new Refusal(
                    "invalid_value",
                    $"The field logit_bias has the id {FoundValue.Short(entry.Name)}; expected is one from 0 to {vocabularySize - 1}.",
                    "logit_bias"));
            }

            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetSingle(out float value) || value is not (>= -100 and <= 100))
                throw BodyFields.Refused($"logit_bias of {id}", entry.Value, "a number from -100 to 100");
            if (!bias.TryAdd(id, value)) // "7" and "07"
                throw BodyFields.Refused("logit_bias", written, "each id once");
        }

        return bias;
    }
}
