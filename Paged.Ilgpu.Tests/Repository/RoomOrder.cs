using System.Text.RegularExpressions;

#pragma warning disable MA0009 // No text but the repository's own meets these expressions.

namespace Paged.Ilgpu.Tests.Repository;

/// <summary>
/// The library's rooms, each of which may name only rooms above it, so that the cache, the scheduler and the sampler can be read and
/// tested without a device. docs/design.md says what lives where.
/// </summary>
internal static partial class RoomOrder
{
    /// <summary>From top to bottom. The scheduler carries each request's sampling options, so Sampling stands above it.</summary>
    public static readonly string[] Rooms =
        ["Config", "Weights", "Tokenization", "Cache", "Sampling", "Scheduling", "Kernels", "Model", "Engine"];

    private static readonly string[] RoomsThatKnowIlgpu = ["Kernels", "Model", "Engine"];

    /// <summary>What a source file does against the order, one sentence each; empty where it keeps it.</summary>
    /// <param name="path">The file, relative to the library's folder.</param>
    /// <param name="source">Its text.</param>
    public static IEnumerable<string> Violations(string path, string source)
    {
        // A file beside the rooms serves all of them, so it stands above them and may name none.
        string? room = path.Contains('/') ? path[..path.IndexOf('/')] : null;
        int place = room is null ? -1 : Array.IndexOf(Rooms, room);
        if (room is not null && place < 0)
        {
            yield return $"{path} lies in {room}, which is no room";
            yield break;
        }

        string home = room is null ? "Paged.Ilgpu" : $"Paged.Ilgpu.{room}";
        string found = Namespace().Match(source).Groups["name"].Value;
        if (found != home && !(room is not null && found.StartsWith(home + ".", StringComparison.Ordinal)))
            yield return $"{path} has the namespace '{found}' where {home} was expected";

        foreach (string named in RoomNames().Matches(LineComment().Replace(source, "")).Select(match => match.Groups["name"].Value).Distinct())
        {
            if (Array.IndexOf(Rooms, named) > place)
                yield return $"{path} names {named}, which stands below it";
        }

        if (!RoomsThatKnowIlgpu.Contains(room) && IlgpuName().IsMatch(source))
            yield return $"{path} names ILGPU, which only {string.Join(", ", RoomsThatKnowIlgpu)} may know";
    }

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    // Both the full name and the short one, which C# resolves from within Paged.Ilgpu without a using directive.
    [GeneratedRegex(
        @"(Paged\.Ilgpu\.|(?<![\w.]))(?<name>Config|Weights|Tokenization|Cache|Sampling|Scheduling|Kernels|Model|Engine)(?=;|\.[A-Z])",
        RegexOptions.ExplicitCapture)]
    private static partial Regex RoomNames();

    // Documentation comments stay: what they refer to is named.
    [GeneratedRegex(@"(?<!/)//(?!/).*")]
    private static partial Regex LineComment();

    [GeneratedRegex(@"^\s*(global )?using (static )?ILGPU|(?<![\w.])ILGPU\.[A-Z]", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex IlgpuName();
}
