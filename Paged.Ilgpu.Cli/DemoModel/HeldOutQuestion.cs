using System.Text.Json;

namespace Paged.Ilgpu.Cli.DemoModel;

/// <summary>A question that the demo model was not trained on, with what makes an answer to it right.</summary>
/// <param name="Task">Which of the world's tasks it is, such as <c>count</c>.</param>
/// <param name="Question">What is asked.</param>
/// <param name="Answer">The one right answer; null for a story, of which many are right.</param>
/// <param name="Length">For a story: <c>short</c> or <c>long</c>.</param>
/// <param name="Hero">For a story: whom it is about.</param>
/// <param name="Thing">For a story: what its hero looks for.</param>
internal sealed record HeldOutQuestion(string Task, string Question, string? Answer, string? Length, string? Hero, string? Thing)
{
    private const string FileName = "held-out.jsonl";

    private static readonly JsonSerializerOptions Names = new(JsonSerializerDefaults.Web);

    /// <summary>Whether a model's folder has held-out questions, as the demo model's has.</summary>
    public static bool AreIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the demo model's held-out questions, in the order of the file.</summary>
    /// <exception cref="PagedException">The file is absent or damaged.</exception>
    public static IReadOnlyList<HeldOutQuestion> ReadAll(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return [.. File.ReadLines(path).Select((line, index) => Parse(line, index + 1, path))];
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"The demo model's held-out questions {path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>Whether an answer is exactly the expected one or, for a story, one that the grammar makes of what was asked for.</summary>
    public bool IsAnsweredBy(string answer, StoryGrammar grammar) =>
        Answer is not null ? answer == Answer : grammar.Parses(Length!, Hero!, Thing!, answer);

    private static HeldOutQuestion Parse(string line, int lineNumber, string path)
    {
        var question = JsonSerializer.Deserialize<HeldOutQuestion>(line, Names);
        bool isWhole = question is { Task: not null, Question: not null }
            && (question.Answer is not null || question is { Length: not null, Hero: not null, Thing: not null });
        return isWhole
            ? question!
            : throw new PagedException($"Line {lineNumber} of {path} has no task, question and answer, nor a story's length, hero and thing.");
    }
}
