namespace Paged.Ilgpu.Tokenization;

/// <summary>Changes a text before it is cut and merged.</summary>
/// <param name="text">A text, or the part of one after a control token.</param>
/// <param name="beginsText">Whether nothing comes before it.</param>
internal delegate string TextStep(string text, bool beginsText);

/// <summary>A token that stands beside the vocabulary of merges.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">How it is written.</param>
/// <param name="IsControl">Whether it steers the model, so that a text that reads like it is only text.</param>
internal sealed record AddedToken(int Id, string Text, bool IsControl);

/// <summary>What a tokenizer of byte pairs consists of (Sennrich et al. 2016), whichever file says so.</summary>
internal sealed record BpeDescription
{
    /// <summary>Names the file in errors.</summary>
    public required string Origin { get; init; }

    /// <summary>The id of each token.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>Pairs of tokens with a space between, the first merged first.</summary>
    public required IReadOnlyList<string> Merges { get; init; }

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Whether tokens are written in <see cref="ByteLevelAlphabet"/>; otherwise U+2581 stands for a space.</summary>
    public required bool IsByteLevel { get; init; }

    /// <summary>Whether a character without a token becomes the tokens of its bytes, &lt;0x00&gt; to &lt;0xFF&gt;.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>Whether a piece that is a token is not taken apart and merged.</summary>
    public bool TakesWholePieces { get; init; }

    /// <summary>Stands for what has no token; null where that is left out.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Whether neighbouring unknown characters are one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    public IReadOnlyList<TextStep> Steps { get; init; } = [];

    /// <summary>Cut a text into pieces, each what the one before left.</summary>
    public IReadOnlyList<TextSplitter> Splitters { get; init; } = [];

    /// <summary>The token that begins a text; null where there is none.</summary>
    public string? BeginOfText { get; init; }

    /// <summary>Whether a prompt begins with it.</summary>
    public bool AddsBeginOfText { get; init; }

    /// <summary>The token that ends a text; null where the file does not say.</summary>
    public string? EndOfText { get; init; }
}
