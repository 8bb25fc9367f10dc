namespace Paged.Ilgpu.Cli.Report.Page;

// What a page is given, as JSON in camelCase; Page/data.js reads it.

/// <summary>All of a page.</summary>
/// <param name="Title">What was run.</param>
/// <param name="Subject">The model and the device.</param>
/// <param name="Made">When.</param>
/// <param name="Headline">The figures that matter most.</param>
/// <param name="Tables">The figures of the printed summary.</param>
/// <param name="Sentences">The sentences of the printed summary.</param>
/// <param name="Settings">Names and values.</param>
/// <param name="Runs">One run, or naive and paged.</param>
/// <param name="Naive">The naive counterfactual of a single paged run.</param>
/// <param name="NaiveNote">What the counterfactual is, or why there is none.</param>
/// <param name="Notes">What the page leaves out.</param>
internal sealed record PageData(
    string Title,
    string Subject,
    string Made,
    IReadOnlyList<Headline> Headline,
    IReadOnlyList<TableData> Tables,
    IReadOnlyList<string> Sentences,
    IReadOnlyList<string[]> Settings,
    IReadOnlyList<RunData> Runs,
    FrameData? Naive,
    string? NaiveNote,
    IReadOnlyList<string> Notes);

/// <summary>A figure in large letters.</summary>
/// <param name="Value">As the summary shows it.</param>
/// <param name="Label">What it is.</param>
/// <param name="Before">The naive cache's, beside which it stands.</param>
internal sealed record Headline(string Value, string Label, string? Before = null);

/// <summary>A table of the summary.</summary>
/// <param name="HasHeadings">Whether the first row names the columns.</param>
/// <param name="Rows">Its rows.</param>
internal sealed record TableData(bool HasHeadings, IReadOnlyList<string[]> Rows)
{
    public static TableData Of(TextTable table) => new(table.HasHeadings, table.Rows);
}

/// <summary>A run.</summary>
/// <param name="Cache"><c>paged</c> or <c>naive</c>.</param>
/// <param name="BlockSize">Token slots of a block.</param>
/// <param name="Blocks">Blocks of the pool.</param>
/// <param name="BlocksPerCell">Neighbouring blocks that share a cell of the map.</param>
/// <param name="Frames">Its steps.</param>
/// <param name="Changes">Changes of the map's cells, frame by frame and once more after the last, in <see cref="Recording.DeltaCode"/>.</param>
/// <param name="Requests">Its requests.</param>
internal sealed record RunData(
    string Cache, int BlockSize, int Blocks, int BlocksPerCell, FrameData Frames, string Changes, RequestData Requests);

/// <summary>Steps, column by column. Steps and times are differences to the one before.</summary>
internal sealed record FrameData
{
    public required int StepsPerFrame { get; init; }

    public required long[] Step { get; init; }

    /// <summary>When a frame's last step ended, in microseconds.</summary>
    public long[]? Microseconds { get; init; }

    public long[]? PromptTokens { get; init; }

    public long[]? GeneratedTokens { get; init; }

    public int[]? Waiting { get; init; }

    public required int[] Running { get; init; }

    public required long[] StoredSlots { get; init; }

    public required long[] OwnedSlots { get; init; }
}

/// <summary>Requests, column by column, in order of arrival.</summary>
internal sealed record RequestData
{
    /// <summary>The engine's number, as the map's cells name it; differences to the one before.</summary>
    public required long[] Id { get; init; }

    public required string[] Name { get; init; }

    public required int[] PromptTokens { get; init; }

    public required int[] CachedTokens { get; init; }

    public required int[] AnswerTokens { get; init; }

    /// <summary>When it arrived, in milliseconds since the first step began.</summary>
    public required double[] Added { get; init; }

    /// <summary>When it had its first token; null where it had none.</summary>
    public required double?[] FirstToken { get; init; }

    /// <summary>When it ended; null where it did not.</summary>
    public required double?[] Ended { get; init; }

    public required int[] Preemptions { get; init; }

    public required string[] FinishReason { get; init; }

    /// <summary>How its stored tokens grew, in <see cref="Recording.DeltaCode"/>.</summary>
    public required string Growth { get; init; }
}
