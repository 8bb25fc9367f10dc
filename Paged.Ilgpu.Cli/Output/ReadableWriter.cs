namespace Paged.Ilgpu.Cli.Output;

/// <summary>Writes outcomes for a person to read.</summary>
/// <param name="output">Standard output, or what stands for it.</param>
/// <param name="showsHeadings">Whether a line before each answer names it; a single answer needs none.</param>
internal sealed class ReadableWriter(TextWriter output, bool showsHeadings) : IOutcomeWriter
{
    /// <inheritdoc/>
    public void Write(Outcome outcome)
    {
        switch (outcome)
        {
            case Answer answer:
                for (int index = 0; index < answer.Choices.Count; index++)
                    Write(answer, index);
                break;
            case AnswerError error:
                WriteHeading(error, "");
                output.WriteLine($"error: {Shown.Whole(error.Refusal.Message)}");
                WriteGap();
                break;
            default:
                throw new ArgumentException($"No form is known for {outcome.GetType().Name}.", nameof(outcome));
        }

        output.Flush();
    }

    private void Write(Answer answer, int index)
    {
        AnswerChoice choice = answer.Choices[index];
        string place = answer.Choices.Count > 1 ? $", answer {index + 1} of {answer.Choices.Count}" : "";
        WriteHeading(
            answer, $"{place} ({answer.PromptTokens} prompt tokens, {choice.TokenIds.Count} completion tokens, {choice.FinishReason})");
        output.WriteLine(Shown.Whole(choice.Text));
        if (choice.ShowsTokenIds)
            output.WriteLine($"token ids: {string.Join(' ', choice.TokenIds)}");
        WriteGap();
    }

    private void WriteHeading(Outcome outcome, string what)
    {
        if (showsHeadings)
            output.WriteLine($"--- {Shown.Whole(outcome.CustomId ?? $"line without a name, request {outcome.Index + 1}")}{what}");
    }

    private void WriteGap()
    {
        if (showsHeadings)
            output.WriteLine();
    }
}
