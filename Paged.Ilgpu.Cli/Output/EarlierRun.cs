using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>What an earlier run of the same requests has done.</summary>
/// <param name="names">The requests, with those that are answered; null where there was no earlier run.</param>
internal sealed class EarlierRun(RequestNames? names)
{
    public static EarlierRun None { get; } = new(names: null);

    /// <summary>Requests that have their line.</summary>
    public int AnsweredCount => names?.AnsweredCount ?? 0;

    /// <summary>Bytes of its whole lines.</summary>
    public long WholeBytes { get; init; }

    /// <summary>Whether its lines are those of the first requests, in their order.</summary>
    public bool IsInOrder { get; init; } = true;

    /// <summary>The requests that it has not answered.</summary>
    public IEnumerable<InputItem> Rest(IEnumerable<InputItem> items) =>
        names is null ? items : items.Where(item => !names.IsAnswered(item.Key));
}
