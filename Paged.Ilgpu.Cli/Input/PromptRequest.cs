using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>What a file has in one place: a request, or what can be said of it where it cannot be served.</summary>
/// <param name="Index">Its position among the file's requests, from 0; blank lines and empty conversations have none.</param>
internal abstract record InputItem(int Index)
{
    /// <summary>The name under which the answer is found in the output; null for a line that has none.</summary>
    public string? CustomId { get; init; } = $"request-{Index}";

    /// <summary>What tells it from the file's other requests: its name, or its place where it has none.</summary>
    public string Key => KeyOf(CustomId, Index);

    /// <inheritdoc cref="Key"/>
    public static string KeyOf(string? customId, int index) => customId is null ? $"#{index}" : $"={customId}";
}

/// <summary>One request of a file.</summary>
/// <param name="Index">Its position among the file's requests, from 0.</param>
/// <param name="Prompt">What is to be answered.</param>
/// <param name="RecordedAnswer">The answer that the file itself records, where it does.</param>
/// <param name="Priority">Lower goes first under <c>--scheduling-policy priority</c>.</param>
internal sealed record PromptRequest(int Index, RequestPrompt Prompt, string? RecordedAnswer = null, int Priority = 0) : InputItem(Index)
{
    /// <summary>How it wants its answer drawn; null: as the command line says.</summary>
    public SamplingOptions? Sampling { get; init; }

    /// <summary>Answers that it wants, at least 1; null: as the command line says.</summary>
    public int? AnswerCount { get; init; }

    /// <summary>How it wants its answer written.</summary>
    public AnswerForm Form { get; init; } = AnswerForm.Default;

    /// <summary>How many of a longer prompt's tokens are kept, its last ones; null: as the command line says.</summary>
    public int? KeptTokens { get; init; }
}

/// <summary>A request that cannot be served.</summary>
/// <param name="Index">Its position among the file's requests, from 0.</param>
/// <param name="Refusal">Why it cannot.</param>
internal sealed record RefusedRequest(int Index, Refusal Refusal) : InputItem(Index);
