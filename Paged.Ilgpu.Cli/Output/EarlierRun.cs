using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>What an earlier run of the same requests has done.</summary>
/// <param name="names">The requests, with those that are answered; null where there was no earlier run.</param>
/// <param name="wholeBytes">Bytes of its whole lines.</param>
internal sealed class EarlierRun(RequestNames? names, long wholeBytes)
{
    public static EarlierRun None { get; } = new(names: null, wholeBytes: 0);

    public int AnsweredCount => names?.AnsweredCount ?? 0;

    public long WholeBytes => wholeBytes;

    /// <summary>The requests that it has not answered.</summary>
    public IEnumerable<InputItem> Rest(IEnumerable<InputItem> items) =>
        names is null ? items : items.Where(item => !names.IsAnswered(item.Key));
}
