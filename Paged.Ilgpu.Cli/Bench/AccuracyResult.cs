namespace Paged.Ilgpu.Cli.Bench;

/// <summary>What an accuracy benchmark measured. Each property is a key of its JSON, in snake_case.</summary>
internal sealed record AccuracyResult
{
    public int Right => Tasks.Values.Sum(task => task.Right);

    public int Asked => Tasks.Values.Sum(task => task.Asked);

    public double ExactMatchPercent => Math.Round(100.0 * Right / Asked, 1);

    /// <summary>By the name of the task, in its order.</summary>
    public required IReadOnlyDictionary<string, AccuracyOfTask> Tasks { get; init; }

    public required long CompletionTokens { get; init; }

    public required double Seconds { get; init; }

    /// <param name="judged">Questions with what became of them: their tasks, and whether the answer is right.</param>
    public static IReadOnlyDictionary<string, AccuracyOfTask> ByTask(IEnumerable<(string Task, bool IsRight)> judged) => judged
        .GroupBy(question => question.Task)
        .OrderBy(task => task.Key, StringComparer.Ordinal)
        .ToDictionary(task => task.Key, task => new AccuracyOfTask(task.Count(question => question.IsRight), task.Count()));
}

/// <summary>How a model does at one of its tasks.</summary>
/// <param name="Right">Questions answered as they must be.</param>
/// <param name="Asked">Questions.</param>
internal sealed record AccuracyOfTask(int Right, int Asked);
