using System.Globalization;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>The <c>id</c> of an output line: the request's place in the input.</summary>
internal static class BatchLineId
{
    private const string Prefix = "batch_req_";

    public static string Of(int index) => $"{Prefix}{index}";

    public static bool TryParse(string? id, out int index)
    {
        index = 0;
        return id?.StartsWith(Prefix, StringComparison.Ordinal) == true
            && int.TryParse(id.AsSpan(Prefix.Length), NumberStyles.None, provider: null, out index);
    }
}
