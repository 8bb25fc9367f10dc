namespace Paged.Ilgpu.Cli.Report.Recording;

/// <summary>What happened in a step, or in a few that follow each other where there are too many to draw.</summary>
internal sealed record Frame
{
    /// <summary>The last of its steps, from 1.</summary>
    public required long Step { get; init; }

    /// <summary>How many steps it stands for.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>When its last step ended, since the first step began; zero in a simulation, which has no time.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Prompt tokens computed, those computed again included.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Tokens drawn.</summary>
    public long GeneratedTokens { get; init; }

    /// <summary>Preemptions.</summary>
    public long Preemptions { get; init; }

    /// <summary>Slots that held a token, on average over its steps.</summary>
    public required double StoredSlots { get; init; }

    /// <summary>Slots of blocks with an owner, on average over its steps.</summary>
    public required double OwnedSlots { get; init; }

    /// <summary>Requests that had blocks in its last step.</summary>
    public int Running { get; init; }

    /// <summary>Requests that waited in its last step.</summary>
    public int Waiting { get; init; }

    /// <summary>What its last step shows otherwise than the last one of the frame before, by cell.</summary>
    public CellChange[] Changes { get; init; } = [];

    /// <summary>One frame for two that follow each other.</summary>
    public static Frame Merge(Frame first, Frame second)
    {
        int steps = first.Steps + second.Steps;
        double Average(double a, double b) => ((a * first.Steps) + (b * second.Steps)) / steps;
        return second with
        {
            Steps = steps,
            PromptTokens = first.PromptTokens + second.PromptTokens,
            GeneratedTokens = first.GeneratedTokens + second.GeneratedTokens,
            Preemptions = first.Preemptions + second.Preemptions,
            StoredSlots = Average(first.StoredSlots, second.StoredSlots),
            OwnedSlots = Average(first.OwnedSlots, second.OwnedSlots),
            Changes = [.. second.Changes.UnionBy(first.Changes, change => change.Cell).OrderBy(change => change.Cell)],
        };
    }
}
