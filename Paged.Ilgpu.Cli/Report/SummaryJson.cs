using System.Text.Json;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>The file of <c>--summary-json</c>, and last lines in JSON.</summary>
internal static class SummaryJson
{
    private static readonly JsonSerializerOptions Line = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly JsonSerializerOptions Indented = new(Line) { WriteIndented = true };

    /// <summary>Writes a summary in place of what the file held.</summary>
    /// <exception cref="PagedException">The file takes no more.</exception>
    public static void Write<T>(FileStream? file, T summary)
    {
        if (file is null)
            return;
        try
        {
            if (file.CanSeek && file.Length > 0)
                file.SetLength(0);
            JsonSerializer.Serialize(file, summary, Indented);
            file.Write("\n"u8);
        }
        catch (Exception fault) when (WriteFault.Is(fault))
        {
            throw new PagedException($"The summary {file.Name} could not be written: {fault.Message}", fault);
        }
    }

    /// <summary>A summary as one line.</summary>
    public static string ToLine<T>(T summary) => JsonSerializer.Serialize(summary, Line);
}
