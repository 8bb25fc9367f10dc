using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>A request that the engine is at work on, with those of its answers that have ended.</summary>
/// <param name="request">The request.</param>
/// <param name="answerCount">Answers that it gets.</param>
internal sealed class OpenRequest(PromptRequest request, int answerCount)
{
    private readonly AnswerChoice?[] _choices = new AnswerChoice?[answerCount]; // in the order of the engine's numbers
    private int _ended;
    private int _promptTokens;
    private int _cachedTokens;

    public PromptRequest Request => request;

    /// <summary>Takes one of its answers.</summary>
    /// <param name="place">Which one, from 0.</param>
    /// <param name="completion">The answer.</param>
    /// <param name="choice">The answer as it is written.</param>
    /// <returns>The outcome, once all answers have ended.</returns>
    public Answer? Take(int place, Completion completion, AnswerChoice choice)
    {
        _choices[place] = choice;
        _promptTokens = completion.PromptTokens;
        if (place == 0)
            _cachedTokens = completion.CachedPromptTokens; // the others have found what this one stored
        return ++_ended < _choices.Length
            ? null
            : new Answer(request.Index, request.CustomId!, _choices!, _promptTokens, _cachedTokens) { IsChat = request.Form.IsChat };
    }
}
