using System.CommandLine;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>Which block sizes a plan tries one after the other.</summary>
internal sealed class SweepOption
{
    private const string Prefix = "block-size=";

    private readonly Option<int[]?> _blockSizes = CheckedOption.Create<int[]>(
        "--sweep",
        Prefix + "N,N,...",
        "Plan with several block sizes, a row for each.",
        $"{Prefix} and powers of two with commas between them, such as {Prefix}1,8,16,32",
        TryRead)!;

    public void AddTo(Command command) => command.Add(_blockSizes);

    /// <summary>The block sizes; none where nothing is swept.</summary>
    public int[] Read(ParseResult options) => options.GetValue(_blockSizes) ?? [];

    private static bool TryRead(string text, out int[]? blockSizes)
    {
        blockSizes = null;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var read = new List<int>();
        foreach (string number in text[Prefix.Length..].Split(','))
        {
            if (!CacheSettings.IsBlockSize(number, out int blockSize))
                return false;
            read.Add(blockSize);
        }

        blockSizes = [.. read];
        return true;
    }
}
