namespace Paged.Ilgpu.Config;

/// <summary>Text out of a file, made fit for a message: a hostile name could fill the screen or send commands to the terminal.</summary>
internal static class Quoted
{
    private const int MostCharacters = 100;

    /// <summary>The text in quotes, cut after 100 characters, with a question mark for every character that cannot be shown.</summary>
    public static string Of(string text)
    {
        string shown = text.Length <= MostCharacters ? text : text[..MostCharacters] + "...";
        return $"'{string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c))}'";
    }
}
