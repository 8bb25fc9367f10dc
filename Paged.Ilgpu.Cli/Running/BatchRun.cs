using System.Diagnostics;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>Gives prompts to an engine and hands on what becomes of each.</summary>
/// <param name="engine">The engine, without work.</param>
/// <param name="model">The model, for the texts of answers.</param>
internal sealed class BatchRun(PagedEngine engine, LoadedModel model)
{
    private readonly Dictionary<long, EncodedPrompt> _open = []; // by the engine's number

    /// <summary>How answers are drawn and where they end; without a length they take the room there is.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Whether answers carry their ids.</summary>
    public bool ReturnsTokenIds { get; init; }

    /// <summary>Answers all prompts.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="writer">Takes each outcome as soon as it is there.</param>
    /// <param name="progress">Told of every step.</param>
    public BatchTotals Answer(IReadOnlyList<EncodedPrompt> prompts, IOutcomeWriter writer, IProgress<BatchTotals> progress)
    {
        var totals = new BatchTotals { Requests = prompts.Count };
        AnswerRoom room = AnswerRoom.Of(engine, Sampling.MaxTokens);
        foreach (EncodedPrompt prompt in prompts)
            Begin(prompt, room, totals, writer);

        long start = Stopwatch.GetTimestamp();
        while (engine.HasWork)
        {
            foreach (Completion completion in engine.Step())
                Finish(completion, totals, writer);
            totals.Elapsed = Stopwatch.GetElapsedTime(start);
            totals.Running = engine.RunningCount;
            totals.Waiting = engine.WaitingCount;
            totals.GeneratedTokens = engine.Statistics.GeneratedTokens;
            progress.Report(totals);
        }

        return totals;
    }

    private void Begin(EncodedPrompt prompt, AnswerRoom room, BatchTotals totals, IOutcomeWriter writer)
    {
        (int maxTokens, RefusedPrompt? refusal) = room.For(prompt.Ids.Length);
        if (refusal is not null)
        {
            totals.Refused++;
            writer.Write(new AnswerError(prompt.Index, prompt.CustomId, refusal.Code, refusal.Message));
            return;
        }

        long id = engine.Add(
            prompt.Ids,
            Sampling.WithModelEnds(model.StopIds) with { MaxTokens = maxTokens, Seed = Sampling.Seed ?? prompt.Index },
            prompt.Priority);
        _open.Add(id, prompt);
    }

    private void Finish(Completion completion, BatchTotals totals, IOutcomeWriter writer)
    {
        if (!_open.Remove(completion.Id, out EncodedPrompt? prompt))
            throw new InvalidOperationException($"request {completion.Id} ended twice");
        totals.Answered++;
        totals.PromptTokens += completion.PromptTokens;
        totals.CompletionTokens += completion.TokenIds.Count;
        writer.Write(new Answer(
            prompt.Index,
            prompt.CustomId,
            completion.Text ?? "",
            ReturnsTokenIds ? completion.TokenIds : null,
            completion.FinishReason == FinishReason.Stop ? "stop" : "length",
            completion.PromptTokens,
            completion.TokenIds.Count));
    }
}
