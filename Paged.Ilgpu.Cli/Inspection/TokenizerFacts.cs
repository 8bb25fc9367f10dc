using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Inspection;

/// <summary>What a report tells of a tokenizer.</summary>
internal sealed record TokenizerFacts
{
    public required string File { get; init; }

    /// <summary>Such as byte pairs, or SentencePiece.</summary>
    public required string Kind { get; init; }

    public required int VocabularySize { get; init; }

    public required int BeginOfTextId { get; init; }

    /// <summary>The ids that end an answer.</summary>
    public required IReadOnlyList<int> StopIds { get; init; }

    public static TokenizerFacts Of(string file, ITokenizer tokenizer) => new()
    {
        File = file,
        Kind = tokenizer switch
        {
            TiktokenModel => "tiktoken",
            SentencePieceModel => "SentencePiece",
            _ => "byte pairs",
        },
        VocabularySize = tokenizer.VocabularySize,
        BeginOfTextId = tokenizer.BeginOfTextId,
        StopIds = tokenizer.StopIds,
    };
}
