namespace Paged.Ilgpu.Cli.Input;

/// <summary>One prompt of a file.</summary>
/// <param name="Index">Its position among the file's prompts, from 0; blank lines and empty conversations have none.</param>
/// <param name="Prompt">The text to answer.</param>
/// <param name="RecordedAnswer">The answer that the file itself records, where it does.</param>
/// <param name="Priority">Lower goes first under <c>--scheduling-policy priority</c>.</param>
internal sealed record PromptRequest(int Index, string Prompt, string? RecordedAnswer = null, int Priority = 0)
{
    /// <summary>The name under which the answer is found in the output.</summary>
    public string CustomId => $"request-{Index}";
}
