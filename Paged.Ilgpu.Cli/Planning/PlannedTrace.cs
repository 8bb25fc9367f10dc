using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Planning;

/// <summary>
/// Requests of known length: those of a file, some times over. The file is read once for the lengths, 8 bytes a request, and again where the
/// tokens themselves count and are too many to be kept.
/// </summary>
internal sealed class PlannedTrace
{
    /// <summary>Tokens of prompts that are kept in memory, at most: 2 MiB.</summary>
    private const int KeptTokens = 1 << 19;

    private readonly PlannedLengths _lengths = new();
    private readonly Func<IEnumerable<SimulatedRequest>> _read;
    private readonly List<SimulatedRequest>? _kept = [];
    private readonly int _repeats;

    /// <summary>Counts the tokens of prompts and answers.</summary>
    /// <param name="read">The file's requests; those that cannot be served are told to <see cref="RefusedLines"/>.</param>
    /// <param name="repeats">How many times each comes.</param>
    private PlannedTrace(Func<PlannedTrace?, IEnumerable<SimulatedRequest>> read, int repeats)
    {
        _read = () => read(null);
        _repeats = repeats;
        foreach (SimulatedRequest request in read(this))
        {
            _lengths.Add(request.Prompt.Length, request.AnswerLength);
            _kept?.Add(request);
            if (_lengths.PromptTokens > KeptTokens)
                _kept = null;
        }

        if (_lengths.Count == 0)
            throw new PagedException("The file of prompts has none that could be answered; expected is at least one.");
    }

    public long RequestCount => (long)_lengths.Count * _repeats;

    public long PromptTokens => _lengths.PromptTokens * _repeats;

    public long AnswerTokens => _lengths.AnswerTokens * _repeats;

    public int LongestPrompt => _lengths.LongestPrompt;

    public int LongestAnswer => _lengths.LongestAnswer;

    /// <summary>Requests of the file that cannot be served, whatever the memory.</summary>
    public int RefusedLines { get; private set; }

    /// <summary>Why the first of them cannot; null where there is none.</summary>
    public string? FirstRefusal { get; private set; }

    /// <summary>All requests in order of arrival.</summary>
    /// <param name="withTokens">Whether prompts have their own tokens; else only their lengths count.</param>
    public IEnumerable<SimulatedRequest> Requests(bool withTokens)
    {
        Func<IEnumerable<SimulatedRequest>> once = _kept is { } kept ? () => kept : withTokens ? _read : _lengths.Requests;
        return Enumerable.Range(0, _repeats).SelectMany(_ => once());
    }

    /// <summary>Reads a file's requests.</summary>
    /// <param name="requests">The file.</param>
    /// <param name="model">What requests are read for.</param>
    /// <param name="encoder">How a prompt is put to the model.</param>
    /// <param name="tokenizer">Counts the tokens of recorded answers.</param>
    /// <param name="repeats">How many times each prompt comes.</param>
    /// <exception cref="PagedException">There is no prompt, or nothing says how long an answer is.</exception>
    public static PlannedTrace Of(IRequestSource requests, ServedModel model, PromptEncoder encoder, ITokenizer tokenizer, int repeats)
    {
        return new PlannedTrace(Read, repeats);

        IEnumerable<SimulatedRequest> Read(PlannedTrace? trace)
        {
            foreach (InputItem item in requests.Read(model))
            {
                if (Encode(item, trace) is not { } prompt)
                    continue;
                var request = new SimulatedRequest(prompt.Ids, AnswerLength(prompt.Request, tokenizer, model.Defaults.MaxTokens));
                for (int answer = 0; answer < (prompt.Request.AnswerCount ?? 1); answer++)
                    yield return request;
            }
        }

        EncodedPrompt? Encode(InputItem item, PlannedTrace? trace)
        {
            try
            {
                return item is PromptRequest request ? encoder.Encode(request) : throw new RefusalException(((RefusedRequest)item).Refusal);
            }
            catch (RefusalException fault)
            {
                if (trace is not null)
                {
                    trace.RefusedLines++;
                    trace.FirstRefusal ??= fault.Message;
                }

                return null;
            }
        }
    }

    private static int AnswerLength(PromptRequest request, ITokenizer tokenizer, int? maxTokens)
    {
        if (request.RecordedAnswer is null)
        {
            // A request's own limit was read over the command line's; the plan keeps to both.
            int? wanted = request.Sampling is { MaxTokens: { } own } ? Math.Min(own, maxTokens ?? own) : maxTokens;
            return wanted ?? throw new PagedException(
                $"The prompt {request.CustomId} has no recorded answer; expected is the length of such answers (--max-tokens N).");
        }

        int recorded = Math.Max(1, tokenizer.Encode(request.RecordedAnswer, addBeginOfText: false).Length);
        return Math.Min(recorded, maxTokens ?? int.MaxValue);
    }
}
