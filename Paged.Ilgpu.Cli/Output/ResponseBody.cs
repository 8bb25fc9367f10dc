using System.Text.Json;
using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>Writes the body of a response: a chat completion, a text completion, or an error.</summary>
/// <remarks>The forms: "The chat completion object" and "The completion object" in the OpenAI API reference; token_ids is vLLM's.</remarks>
/// <param name="json">Where it goes.</param>
/// <param name="model">The model's name.</param>
/// <param name="created">When the run began.</param>
internal sealed class ResponseBody(Utf8JsonWriter json, string model, DateTimeOffset created)
{
    private readonly long _createdUnixSeconds = created.ToUnixTimeSeconds();

    public void Write(Answer answer)
    {
        json.WriteStartObject("body");
        json.WriteString("id", $"{(answer.IsChat ? "chatcmpl" : "cmpl")}-{answer.Index}");
        json.WriteString("object", answer.IsChat ? "chat.completion" : "text_completion");
        json.WriteNumber("created", _createdUnixSeconds);
        json.WriteString("model", model);
        json.WriteStartArray("choices");
        for (int index = 0; index < answer.Choices.Count; index++)
            WriteChoice(index, answer.Choices[index], answer.IsChat);
        json.WriteEndArray();
        WriteUsage(answer);
        json.WriteEndObject();
    }

    public void Write(Refusal refusal)
    {
        json.WriteStartObject("body");
        json.WriteStartObject("error");
        json.WriteString("message", refusal.Message);
        json.WriteString("type", "invalid_request_error");
        json.WriteString("param", refusal.Field);
        json.WriteString("code", refusal.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteChoice(int index, AnswerChoice choice, bool isChat)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        if (isChat)
            WriteMessage(choice.Text);
        else
            json.WriteString("text", choice.Text);
        json.WritePropertyName("logprobs");
        if (choice.LogProbabilities is null)
            json.WriteNullValue();
        else if (isChat)
            LogProbabilitiesJson.WriteForChat(json, choice.LogProbabilities);
        else
            LogProbabilitiesJson.WriteForText(json, choice.LogProbabilities);
        json.WriteString("finish_reason", choice.FinishReason);
        if (choice.ShowsTokenIds)
        {
            json.WriteStartArray("token_ids");
            foreach (int id in choice.TokenIds)
                json.WriteNumberValue(id);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteMessage(string text)
    {
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", text);
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    private void WriteUsage(Answer answer)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", answer.PromptTokens);
        json.WriteNumber("completion_tokens", answer.CompletionTokens);
        json.WriteNumber("total_tokens", answer.PromptTokens + answer.CompletionTokens);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", answer.CachedTokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
