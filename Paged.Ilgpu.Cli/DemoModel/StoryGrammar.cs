using System.Text.Json;
using System.Text.RegularExpressions;

namespace Paged.Ilgpu.Cli.DemoModel;

/// <summary>
/// Tells whether a story is one that the demo model's grammar makes. The grammar has no recursion, so the training program writes it down
/// as one regular expression for each length of story; its groups <c>hero</c> and <c>thing</c> hold what the story is about.
/// </summary>
internal sealed class StoryGrammar
{
    private const string FileName = "story-grammar.json";

    // An answer of a few thousand characters matches in microseconds; the limit is there because back references rule out linear time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Regex> _patterns;

    private StoryGrammar(Dictionary<string, Regex> patterns) => _patterns = patterns;

    /// <exception cref="PagedException">The file is absent or damaged.</exception>
    public static StoryGrammar Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            var patterns = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(path)) ?? [];
            return new StoryGrammar(patterns.ToDictionary(
                pair => pair.Key, pair => new Regex(pair.Value, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience), StringComparer.Ordinal));
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PagedException($"The demo model's story grammar {path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <param name="length">A length that the grammar has: <c>short</c> or <c>long</c>.</param>
    /// <param name="hero">Whom the story must be about.</param>
    /// <param name="thing">What the hero must look for.</param>
    /// <param name="story">The text to judge.</param>
    public bool Parses(string length, string hero, string thing, string story)
    {
        if (!_patterns.TryGetValue(length, out Regex? pattern))
            throw new PagedException($"The demo model's story grammar has no story of length \"{length}\"; it has {string.Join(", ", _patterns.Keys)}.");
        Match match = pattern.Match(story);
        return match.Success && match.Groups["hero"].Value == hero && match.Groups["thing"].Value == thing;
    }
}
