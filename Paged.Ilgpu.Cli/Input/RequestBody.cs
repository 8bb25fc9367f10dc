using System.Text.Json;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>The body of a request, under the names of the OpenAI API and, for what that lacks, of vLLM.</summary>
internal static class RequestBody
{
    /// <summary>Answers to one prompt, at most, as in the OpenAI API.</summary>
    private const int MostAnswers = 128;

    /// <summary>Reads the body of a request to <c>/v1/chat/completions</c>.</summary>
    /// <exception cref="RefusalException">It cannot be served.</exception>
    public static PromptRequest ReadChat(JsonElement body, int index, ServedModel model)
    {
        var fields = new BodyFields(body);
        CheckModel(fields, model);
        RequestPrompt prompt = ChatMessages.Read(fields);
        PromptRequest request = ReadCommon(fields, index, prompt, model, isChat: true);
        int? likeliest = fields.Whole("top_logprobs", 0, SamplingFields.MostLogProbabilities);
        bool? wanted = fields.Flag("logprobs");
        if (likeliest is not null && wanted != true)
            throw Refused("top_logprobs", $"The field top_logprobs is {likeliest}; expected is none, or logprobs true beside it.");
        Unsupported.CheckChat(fields);
        fields.RefuseRest();
        return wanted is { } flag
            ? request with { Sampling = request.Sampling! with { LogProbabilities = flag ? likeliest ?? 0 : null } }
            : request;
    }

    /// <summary>Reads the body of a request to <c>/v1/completions</c>.</summary>
    /// <exception cref="RefusalException">It cannot be served.</exception>
    public static PromptRequest ReadCompletion(JsonElement body, int index, ServedModel model)
    {
        var fields = new BodyFields(body);
        CheckModel(fields, model);
        RequestPrompt prompt = CompletionPrompt.Read(fields, model.VocabularySize);
        PromptRequest request = ReadCommon(fields, index, prompt, model, isChat: false);
        int? likeliest = fields.Whole("logprobs", 0, SamplingFields.MostLogProbabilities);
        fields.AllowOnly("best_of", value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int best) && best == (request.AnswerCount ?? 1), "the value of n");
        Unsupported.CheckCompletion(fields);
        fields.RefuseRest();
        return likeliest is null ? request : request with { Sampling = request.Sampling! with { LogProbabilities = likeliest } };
    }

    private static void CheckModel(BodyFields fields, ServedModel model)
    {
        if (fields.Text("model") is not { } name || model.Names is null || model.Names.Contains(name, StringComparer.Ordinal))
            return;
        throw new RefusalException(new Refusal(
            "model_not_found",
            $"The model \"{FoundValue.Short(name)}\" is not loaded; expected is \"{model.Names[0]}\", or its folder (--served-model-name gives it another name).",
            "model",
            StatusCode: 404));
    }

    private static PromptRequest ReadCommon(BodyFields fields, int index, RequestPrompt prompt, ServedModel model, bool isChat)
    {
        PromptRequest request = new(index, prompt, Priority: fields.Whole("priority", int.MinValue) ?? 0)
        {
            AnswerCount = fields.Whole("n", 1, MostAnswers),
            Sampling = SamplingFields.Read(fields, model),
            KeptTokens = fields.Whole("truncate_prompt_tokens", 1),
            Form = new AnswerForm(
                isChat,
                ShowsSpecialTokens: !(fields.Flag("skip_special_tokens") ?? true),
                ReturnsTokenIds: fields.Flag("return_token_ids") ?? false),
        };
        Unsupported.Check(fields);
        return request;
    }

    private static RefusalException Refused(string field, string message) => new(new Refusal("invalid_value", message, field));
}
