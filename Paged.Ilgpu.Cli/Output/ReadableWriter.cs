namespace Paged.Ilgpu.Cli.Output;

/// <summary>Writes outcomes for a person to read.</summary>
/// <param name="output">Standard output, or what stands for it.</param>
/// <param name="showsHeadings">Whether a line before each answer names it; a single answer needs none.</param>
internal sealed class ReadableWriter(TextWriter output, bool showsHeadings) : IOutcomeWriter
{
    /// <inheritdoc/>
    public void Write(Outcome outcome)
    {
        if (showsHeadings)
            output.WriteLine($"--- {outcome.CustomId}{Describe(outcome)}");
        output.WriteLine(outcome switch
        {
            Answer answer => Shown.Whole(answer.Text),
            AnswerError error => $"error: {error.Message}",
            _ => throw new ArgumentException($"No form is known for {outcome.GetType().Name}.", nameof(outcome)),
        });
        if (outcome is Answer { TokenIds: { } ids })
            output.WriteLine($"token ids: {string.Join(' ', ids)}");
        if (showsHeadings)
            output.WriteLine();
        output.Flush();
    }

    private static string Describe(Outcome outcome) => outcome is Answer answer
        ? $" ({answer.PromptTokens} prompt tokens, {answer.CompletionTokens} completion tokens, {answer.FinishReason})"
        : "";
}
