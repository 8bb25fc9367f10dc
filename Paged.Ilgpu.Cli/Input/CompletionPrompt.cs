using System.Text.Json;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>The <c>prompt</c> of a completion: a text, its token ids, or an array with one of either.</summary>
internal static class CompletionPrompt
{
    private const string Field = "prompt";
    private const string Expected = "a text, or an array of token ids";

    /// <exception cref="RefusalException">It is absent or none of these.</exception>
    public static RequestPrompt Read(BodyFields fields, int vocabularySize)
    {
        JsonElement prompt = fields.Take(Field)
            ?? throw new RefusalException(new Refusal("missing_required_parameter", $"The body has no prompt; expected is {Expected}.", Field));
        if (prompt.ValueKind == JsonValueKind.Array && prompt.GetArrayLength() > 0
            && prompt[0].ValueKind is JsonValueKind.String or JsonValueKind.Array)
            prompt = OnlyOneOf(prompt);
        return prompt.ValueKind switch
        {
            JsonValueKind.String => new TextPrompt(BodyFields.TextOf(Field, prompt)),
            JsonValueKind.Array when prompt.GetArrayLength() > 0 =>
                new TokenPrompt([.. prompt.EnumerateArray().Select(id => BodyFields.WholeOf(Field, id, 0, vocabularySize - 1))]),
            _ => throw BodyFields.Refused(Field, prompt, Expected),
        };
    }

    private static JsonElement OnlyOneOf(JsonElement prompts) => prompts.GetArrayLength() == 1
        ? prompts[0]
        : throw new RefusalException(new Refusal(
            "unsupported_value",
            $"The field prompt has {prompts.GetArrayLength()} prompts; expected is one, and a line of its own for each other.",
            Field));
}
