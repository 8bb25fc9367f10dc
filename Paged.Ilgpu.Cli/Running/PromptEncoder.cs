using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>A prompt as the model is given it.</summary>
/// <param name="Index">Its position in the input, from 0.</param>
/// <param name="CustomId">Its name.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="Priority">Lower goes first under <c>--scheduling-policy priority</c>.</param>
internal sealed record EncodedPrompt(int Index, string CustomId, int[] Ids, int Priority);

/// <summary>Turns prompts into token ids.</summary>
/// <param name="format">How a prompt is put to the model.</param>
/// <param name="system">A system turn before each; null for none.</param>
/// <param name="keptTokens">How many of a longer prompt's tokens are kept, its last ones, as in vLLM: its begin is lost; null: all.</param>
internal sealed class PromptEncoder(ChatFormat format, string? system, int? keptTokens)
{
    public EncodedPrompt Encode(PromptRequest request)
    {
        int[] ids = format.EncodePrompt(request.Prompt, system);
        if (keptTokens is { } count && ids.Length > count)
            ids = ids[^count..];
        return new EncodedPrompt(request.Index, request.CustomId, ids, request.Priority);
    }
}
