using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>Prompts with their answers, a line each: enough to see what was asked and how differently long the answers are.</summary>
internal static class AnswerList
{
    private const string Gap = "   ";
    private const string LengthHeading = "tokens";
    private const int LeastWidth = 60;

    /// <param name="writer">Where it goes.</param>
    /// <param name="requests">The prompts.</param>
    /// <param name="outcomes">What became of each, in the same order.</param>
    public static void Write(TextWriter writer, IReadOnlyList<InputItem> requests, IReadOnlyList<Outcome> outcomes)
    {
        int width = Math.Max(LeastWidth, ReportConsole.For(writer).Profile.Width) - 1; // a space before each line
        int promptWidth = Math.Clamp(requests.Select(request => PromptOf(request).Length).DefaultIfEmpty().Max(), "prompt".Length, 2 * width / 5);
        int answerWidth = width - promptWidth - LengthHeading.Length - (2 * Gap.Length);
        writer.WriteLine();
        Line("prompt", LengthHeading, "answer");
        foreach ((InputItem request, Outcome outcome) in requests.Zip(outcomes))
        {
            string prompt = Shown.OnOneLine(PromptOf(request), promptWidth);
            if (outcome is Answer answer)
                Line(prompt, $"{answer.CompletionTokens:N0}", Shown.OnOneLine(answer.Choices[0].Text, answerWidth));
            else if (outcome is AnswerError error)
                Line(prompt, "", Shown.OnOneLine($"error: {error.Refusal.Message}", answerWidth));
        }

        void Line(string prompt, string length, string answer) =>
            writer.WriteLine($" {prompt.PadRight(promptWidth)}{Gap}{length.PadLeft(LengthHeading.Length)}{Gap}{answer}".TrimEnd());
    }

    // What could not be read has a name at most.
    private static string PromptOf(InputItem request) => request is PromptRequest { Prompt: var prompt } ? prompt.Display : request.CustomId ?? "";
}
