using Google.Protobuf;
using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Llama 2's tokenizer out of a GGUF file: its pieces and scores, written as the SentencePiece model that they were taken from, so that
/// both are read alike. The numbers are sentencepiece_model.proto's.
/// </summary>
internal static class GgufSentencePieces
{
    private const int BytePairModel = 2;

    /// <summary>Reads the tokenizer.</summary>
    /// <exception cref="PagedException">It is damaged.</exception>
    public static SentencePieceModel Build(GgufMetadata metadata, string path, string[] tokens, GgufTokenizer.TokenType[] types)
    {
        double[] scores = metadata.Fractions("tokenizer.ggml.scores") ?? [];
        if (scores.Length != tokens.Length)
        {
            throw new PagedException($"{path} has {scores.Length} scores for {tokens.Length} tokens in 'tokenizer.ggml.scores', "
                + "expected one for each.");
        }

        using var content = new MemoryStream();
        using (var stream = new CodedOutputStream(content, leaveOpen: true))
        {
            for (int id = 0; id < tokens.Length; id++)
                WritePart(stream, 1, piece => WritePiece(piece, tokens[id], (float)scores[id], types[id]));
            int unknown = Math.Max(0, Array.IndexOf(types, GgufTokenizer.TokenType.Unknown));
            WritePart(stream, 2, trainer => WriteTrainer(trainer, metadata, path, tokens.Length, unknown));
            WritePart(stream, 3, normalizer => WriteNormalizer(normalizer, metadata));
        }

        return SentencePieceModel.Parse(content.ToArray(), path);
    }

    private static void WritePiece(CodedOutputStream stream, string text, float score, GgufTokenizer.TokenType type)
    {
        stream.WriteTag(1, WireFormat.WireType.LengthDelimited);
        stream.WriteString(text);
        stream.WriteTag(2, WireFormat.WireType.Fixed32);
        stream.WriteFloat(score);
        WriteNumber(stream, 3, (int)type);
    }

    private static void WriteTrainer(CodedOutputStream stream, GgufMetadata metadata, string path, int count, int unknown)
    {
        WriteNumber(stream, 3, BytePairModel);
        WriteNumber(stream, 4, count);
        WriteNumber(stream, 35, 1); // bytes stand in for characters without a piece
        WriteNumber(stream, 40, GgufTokenizer.ReadId(metadata, path, "unknown_token_id", count) ?? unknown);
        WriteNumber(stream, 41, GgufTokenizer.ReadId(metadata, path, "bos_token_id", count) ?? 1);
        WriteNumber(stream, 42, GgufTokenizer.ReadId(metadata, path, "eos_token_id", count) ?? 2);
    }

    private static void WriteNormalizer(CodedOutputStream stream, GgufMetadata metadata)
    {
        stream.WriteTag(1, WireFormat.WireType.LengthDelimited);
        stream.WriteString("identity");
        WriteNumber(stream, 3, metadata.Flag("tokenizer.ggml.add_space_prefix") ?? true ? 1 : 0);
        WriteNumber(stream, 4, 0); // runs of spaces stay
        WriteNumber(stream, 5, 1); // a space becomes U+2581
    }

    private static void WriteNumber(CodedOutputStream stream, int field, int value)
    {
        stream.WriteTag(field, WireFormat.WireType.Varint);
        stream.WriteInt32(value);
    }

    private static void WritePart(CodedOutputStream stream, int field, Action<CodedOutputStream> write)
    {
        using var content = new MemoryStream();
        using (var part = new CodedOutputStream(content, leaveOpen: true))
            write(part);
        stream.WriteTag(field, WireFormat.WireType.LengthDelimited);
        stream.WriteBytes(ByteString.CopyFrom(content.ToArray()));
    }
}
