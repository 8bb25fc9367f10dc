using System.Text.RegularExpressions;

namespace Paged.Ilgpu.Tokenization;

/// <summary>What Llama 3's <c>tokenizer.model</c> does not say: how text is split before merging, and the special tokens.</summary>
/// <remarks>Published with Meta's tokenizer for Llama 3; the names of the 3.1 release, which fills some reserved places of 3.0.</remarks>
internal static partial class Llama3Vocabulary
{
    public const string BeginOfText = "<|begin_of_text|>";
    public const string EndOfText = "<|end_of_text|>";
    public const string StartHeader = "<|start_header_id|>";
    public const string EndHeader = "<|end_header_id|>";
    public const string EndOfMessage = "<|eom_id|>";
    public const string EndOfTurn = "<|eot_id|>";

    private const int SpecialTokenCount = 256;

    // The first eleven stand at fixed places; reserved names fill the rest.
    private static readonly string[] NamedTokens =
    [
        BeginOfText,
        EndOfText,
        Reserved(0),
        Reserved(1),
        "<|finetune_right_pad_id|>",
        Reserved(2),
        StartHeader,
        EndHeader,
        EndOfMessage,
        EndOfTurn,
        "<|python_tag|>",
    ];

    /// <summary>The 256 special tokens in the order of their ids, the first of which follows the last rank.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } =
    [
        .. NamedTokens,
        .. Enumerable.Range(3, SpecialTokenCount - NamedTokens.Length).Select(Reserved),
    ];

    /// <summary>Splits a text into the pieces that are merged apart: words, up to three digits, punctuation, white space.</summary>
    /// <remarks>No alternative holds a repetition within a repetition, so a match takes time linear in its length.</remarks>
#pragma warning disable MA0009 // hence no timeout; the look-ahead rules out the non-backtracking form
    [GeneratedRegex(
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant)]
    public static partial Regex Pieces();
#pragma warning restore MA0009

    private static string Reserved(int number) => $"<|reserved_special_token_{number}|>";
}
