using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>What a request is read for.</summary>
/// <param name="Names">What requests may call the model; null: anything.</param>
/// <param name="VocabularySize">Ids of the model.</param>
/// <param name="Defaults">How answers are drawn where a request does not say.</param>
internal sealed record ServedModel(IReadOnlyList<string>? Names, int VocabularySize, SamplingOptions Defaults);

/// <summary>The requests of a file, which was read once from begin to end and found good, and is read again as they are needed.</summary>
internal interface IRequestSource : IDisposable
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>What tells each request from the others, in their order.</summary>
    IEnumerable<string> Keys();

    /// <summary>The requests in their order.</summary>
    IEnumerable<InputItem> Read(ServedModel model);
}

/// <summary>Requests that are in memory.</summary>
internal sealed class ListedRequests(IReadOnlyList<PromptRequest> requests) : IRequestSource
{
    /// <inheritdoc/>
    public int Count => requests.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys() => requests.Select(request => request.Key);

    /// <inheritdoc/>
    public IEnumerable<InputItem> Read(ServedModel model) => requests;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
