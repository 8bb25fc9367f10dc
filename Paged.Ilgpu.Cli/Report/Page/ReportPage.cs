using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Cli.Report.Page;

/// <summary>
/// One page that needs nothing but itself: report.html with the style, the scripts and the data put into it. All four are files beside this
/// one.
/// </summary>
internal static class ReportPage
{
    private static readonly string[] Scripts = ["data.js", "palette.js", "map.js", "chart.js", "requests.js", "report.js"];

    // The default encoder writes < and & as escapes, so that no name of a request can end the script that the data are in.
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes a page in place of what the file held.</summary>
    /// <exception cref="PagedException">The file takes no more.</exception>
    public static void Write(FileStream file, PageData data)
    {
        byte[] page = Encoding.UTF8.GetBytes(Compose(data));
        try
        {
            if (file.CanSeek && file.Length > 0)
                file.SetLength(0);
            file.Write(page);
        }
        catch (Exception fault) when (WriteFault.Is(fault))
        {
            throw new PagedException($"The report {file.Name} could not be written: {fault.Message}", fault);
        }
    }

    /// <summary>The page's text.</summary>
    public static string Compose(PageData data)
    {
        string[] parts = Read("report.html").Split("{{", StringSplitOptions.None);
        var page = new StringBuilder(parts[0]);
        foreach (string part in parts[1..])
        {
            string[] pieces = part.Split("}}", 2);
            page.Append(pieces[0] switch
            {
                "style" => Read("report.css"),
                "script" => string.Join('\n', Scripts.Select(Read)),
                "data" => JsonSerializer.Serialize(data, Json),
                var other => throw new InvalidOperationException($"report.html asks for {other}"),
            }).Append(pieces[1]);
        }

        return page.ToString();
    }

    private static string Read(string name)
    {
        Assembly assembly = typeof(ReportPage).Assembly;
        using Stream file = assembly.GetManifestResourceStream($"{typeof(ReportPage).Namespace}.{name}")
            ?? throw new InvalidOperationException($"{name} is no resource of {assembly.GetName().Name}");
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
