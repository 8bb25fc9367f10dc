namespace Paged.Ilgpu.Cli.Report;

/// <summary>Columns of text that line up: the first to the left, the others, which hold numbers, to the right.</summary>
/// <param name="headings">Names of the columns; none where they need no names.</param>
internal sealed class TextTable(params string[] headings)
{
    private const string Gap = "   ";

    private readonly List<string[]> _rows = headings.Length == 0 ? [] : [headings];

    /// <summary>All rows, that of the headings first where there is one.</summary>
    public IReadOnlyList<string[]> Rows => _rows;

    /// <summary>Whether the first row names the columns.</summary>
    public bool HasHeadings => headings.Length > 0;

    /// <summary>Whether all columns hold words.</summary>
    public bool IsLeftAligned { get; init; }

    /// <summary>Adds a row of as many cells as every other one.</summary>
    public void Row(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes the table, a space before each line and none behind.</summary>
    public void Write(TextWriter writer)
    {
        int[] widths = [.. Enumerable.Range(0, _rows[0].Length).Select(column => _rows.Max(row => row[column].Length))];
        foreach (string[] row in _rows)
            writer.WriteLine(" " + string.Join(Gap, row.Select((cell, column) => Pad(cell, column, widths[column]))).TrimEnd());
    }

    private string Pad(string cell, int column, int width) => column == 0 || IsLeftAligned ? cell.PadRight(width) : cell.PadLeft(width);
}
