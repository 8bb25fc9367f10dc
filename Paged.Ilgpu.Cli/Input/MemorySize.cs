using System.Globalization;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>An amount of memory, as an option takes it and as a report shows it.</summary>
/// <param name="Bytes">0 or more.</param>
internal readonly record struct MemorySize(long Bytes)
{
    public const string Expected = "a number with KiB, MiB, GiB, KB, MB, GB or nothing for bytes, such as 7.5GiB";

    // The longer suffixes first, so that "KiB" is not taken for "B".
    private static readonly (string Suffix, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("B", 1), ("", 1),
    ];

    /// <summary>Reads sizes such as <c>7.5GiB</c>, <c>512 MB</c> or <c>1048576</c>; a fraction of a byte is dropped.</summary>
    /// <exception cref="PagedException">The text is no size of at least one byte.</exception>
    public static MemorySize Parse(string text)
    {
        string trimmed = text.Trim();
        (string suffix, long unit) = Array.Find(Units, candidate => trimmed.EndsWith(candidate.Suffix, StringComparison.OrdinalIgnoreCase));
        ReadOnlySpan<char> number = trimmed.AsSpan(0, trimmed.Length - suffix.Length).TrimEnd();
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count))
            throw new PagedException($"\"{text}\" is not a size; expected is {Expected}.");

        // Compared before multiplied: the product may pass what even a decimal holds.
        if (count > long.MaxValue / unit || count * unit < 1)
            throw new PagedException($"\"{text}\" is not a size between 1 byte and {long.MaxValue} bytes; expected is {Expected}.");
        return new MemorySize((long)(count * unit));
    }

    /// <summary>Such as <c>7.50 GiB</c>, in the largest binary unit of which there is one.</summary>
    public override string ToString() => Bytes switch
    {
        >= 1L << 30 => $"{Bytes / (double)(1L << 30):F2} GiB",
        >= 1L << 20 => $"{Bytes / (double)(1L << 20):F2} MiB",
        >= 1L << 10 => $"{Bytes / (double)(1L << 10):F2} KiB",
        _ => $"{Bytes} B",
    };
}
