using System.Diagnostics;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>Gives requests to an engine, as it has places for them, and hands on what becomes of each.</summary>
/// <param name="engine">The engine, without work.</param>
/// <param name="model">The model, for the texts of answers.</param>
/// <param name="encoder">Turns prompts into token ids.</param>
internal sealed class BatchRun(PagedEngine engine, LoadedModel model, PromptEncoder encoder)
{
    // Answers that wait for an earlier one to be written, for each place of the engine: how far the fast may run ahead of the slow.
    private const int AnswersHeldBack = 16;

    private readonly Dictionary<long, (OpenRequest Request, int Place)> _open = []; // by the engine's number
    private readonly AnswerRoom _room = AnswerRoom.Of(engine);
    private readonly ChoiceText _text = new(model.Tokenizer);

    /// <summary>How answers are drawn where a request does not say.</summary>
    public SamplingOptions Defaults { get; init; } = new();

    /// <summary>Answers to each prompt where a request does not say.</summary>
    public int AnswerCount { get; init; } = 1;

    /// <summary>Whether all answers carry their ids.</summary>
    public bool ReturnsTokenIds { get; init; }

    /// <summary>Told the engine's number and the name of each request that it is given.</summary>
    public Action<long, string>? Begun { get; init; }

    /// <summary>Requests that the engine does not know of yet.</summary>
    public int NotBegun { get; private set; }

    /// <summary>Answers requests.</summary>
    /// <param name="items">The requests; each is asked for when the engine has a place for it.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="writer">Takes each outcome as soon as it is there.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="interruption">Ends the run after the step that is under way.</param>
    public BatchTotals Answer(
        IEnumerable<InputItem> items, int count, IOutcomeWriter writer, IProgress<BatchTotals> progress, CancellationToken interruption = default)
    {
        var totals = new BatchTotals { Requests = count };
        using IEnumerator<InputItem> arrivals = items.GetEnumerator();
        bool more = true;
        NotBegun = count;
        long start = Stopwatch.GetTimestamp();
        while (!interruption.IsCancellationRequested)
        {
            while (more && HasPlace(writer) && !interruption.IsCancellationRequested && (more = arrivals.MoveNext()))
            {
                Begin(arrivals.Current, totals, writer);
                NotBegun--;
            }

            if (!engine.HasWork)
                break;
            foreach (Completion completion in engine.Step())
                Finish(completion, totals, writer);
            totals.Observe(engine, Stopwatch.GetElapsedTime(start));
            totals.Waiting += NotBegun;
            progress.Report(totals);
        }

        return totals;
    }

    /// <summary>
    /// More wait than a step can let in, so that the scheduler, which is a step ahead, never finds its queue empty before it is; where it
    /// goes by priority it must know all.
    /// </summary>
    private bool HasPlace(IOutcomeWriter writer) => engine.Options.SchedulingPolicy == SchedulingPolicy.Priority
        || (engine.WaitingCount <= engine.Options.MaxSequences
            && writer.HeldBack < AnswersHeldBack * engine.Options.MaxSequences);

    private void Begin(InputItem item, BatchTotals totals, IOutcomeWriter writer)
    {
        try
        {
            if (item is RefusedRequest refused)
                throw new RefusalException(refused.Refusal);
            Add((PromptRequest)item);
        }
        catch (RefusalException fault)
        {
            totals.Refused++;
            writer.Write(new AnswerError(item.Index, item.CustomId, fault.Refusal));
        }
    }

    private void Add(PromptRequest request)
    {
        EncodedPrompt prompt = encoder.Encode(request);
        SamplingOptions wanted = request.Sampling ?? Defaults;
        (int maxTokens, Refusal? refusal) = _room.For(prompt.Ids.Length, wanted.MaxTokens);
        int answerCount = request.AnswerCount ?? AnswerCount;
        if (answerCount > engine.Options.MaxSequences)
        {
            refusal = new Refusal(
                "invalid_value",
                $"The field n is {answerCount}; expected is at most {engine.Options.MaxSequences}, as many as run at once (--max-num-seqs).",
                "n");
        }

        if (refusal is not null)
            throw new RefusalException(refusal);
        SamplingOptions sampling = wanted.WithModelEnds(model.StopIds) with
        {
            MaxTokens = maxTokens,
            MinTokens = Math.Min(wanted.MinTokens, maxTokens),
            Seed = wanted.Seed ?? request.Index, // not the engine's number, which is another one when a run is resumed
        };
        long id = Add(prompt, sampling, answerCount);
        var open = new OpenRequest(request, answerCount);
        for (int place = 0; place < answerCount; place++)
        {
            _open.Add(id + place, (open, place));
            Begun?.Invoke(id + place, request.CustomId!);
        }
    }

    private long Add(EncodedPrompt prompt, SamplingOptions sampling, int answerCount)
    {
        try
        {
            return engine.Add(prompt.Ids, sampling, prompt.Request.Priority, answerCount);
        }
        catch (PagedException refusal)
        {
            throw new RefusalException(new Refusal("invalid_value", refusal.Message)); // of this request, not of the run
        }
    }

    private void Finish(Completion completion, BatchTotals totals, IOutcomeWriter writer)
    {
        if (!_open.Remove(completion.Id, out (OpenRequest Request, int Place) open))
            throw new InvalidOperationException($"request {completion.Id} ended twice");
        totals.CompletionTokens += completion.TokenIds.Count;
        PromptRequest request = open.Request.Request;
        AnswerChoice choice = _text.Choice(completion, request.Sampling ?? Defaults, request.Form, ReturnsTokenIds);
        if (open.Request.Take(open.Place, completion, choice) is not { } answer)
            return;
        totals.Answered++;
        totals.PromptTokens += completion.PromptTokens;
        writer.Write(answer);
    }
}
