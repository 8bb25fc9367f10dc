using System.Globalization;
using System.Text;
using Google.Protobuf;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// What decoding needs of a SentencePiece file: the bytes of each piece, and which pieces are special. The library that encodes does not
/// tell a piece's type.
/// </summary>
/// <remarks>The format is the message <c>ModelProto</c> of sentencepiece_model.proto; the numbers below are its field numbers.</remarks>
internal sealed class SentencePieceFile
{
    private enum PieceType
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    /// <summary>[id], empty for special pieces.</summary>
    public byte[][] BytesOfId { get; private init; } = [];

    public Dictionary<string, int> SpecialIds { get; } = new(StringComparer.Ordinal);

    public int BeginOfTextId { get; private set; } = 1;

    public int EndOfTextId { get; private set; } = 2;

    /// <summary>Whether a file begins as a SentencePiece file does: with field 1, a message.</summary>
    public static bool IsIn(ReadOnlySpan<byte> content) => content is [0x0A, _, ..];

    /// <exception cref="PagedException">The file is no ModelProto, has no pieces, or names no begin or end of a text.</exception>
    public static SentencePieceFile Parse(byte[] content, string path)
    {
        try
        {
            return Read(new CodedInputStream(content), path);
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new PagedException($"The tokenizer {path} is damaged: {content.Length} bytes that are no whole SentencePiece model ({fault.Message}).", fault);
        }
    }

    private static SentencePieceFile Read(CodedInputStream stream, string path)
    {
        var pieces = new List<(string Text, PieceType Type)>();
        CodedInputStream? trainer = null;
        bool hasNormalizer = false;
        while (stream.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    pieces.Add(ReadPiece(stream.ReadBytes().CreateCodedInput()));
                    break;
                case 2:
                    trainer = stream.ReadBytes().CreateCodedInput();
                    break;
                case 3:
                    hasNormalizer = true;
                    stream.SkipLastField();
                    break;
                default:
                    stream.SkipLastField();
                    break;
            }
        }

        if (pieces.Count == 0 || trainer is null || !hasNormalizer)
            throw new PagedException($"The tokenizer {path} is damaged: of a SentencePiece model's pieces, trainer and normalizer one is missing.");

        var file = new SentencePieceFile { BytesOfId = new byte[pieces.Count][] };
        for (int id = 0; id < pieces.Count; id++)
        {
            (string text, PieceType type) = pieces[id];
            file.BytesOfId[id] = ToBytes(text, type, id, path);
            if (type is PieceType.Control or PieceType.Unknown)
                file.SpecialIds[text] = id;
        }

        file.ReadTrainer(trainer);
        foreach (int id in (ReadOnlySpan<int>)[file.BeginOfTextId, file.EndOfTextId])
        {
            if (id < 0 || id >= pieces.Count)
                throw new PagedException($"The tokenizer {path} cannot be used: the id {id} that begins or ends a text is not among its {pieces.Count} pieces.");
        }

        return file;
    }

    // Where TrainerSpec says other than the defaults: bos_id is field 41, eos_id field 42.
    private void ReadTrainer(CodedInputStream stream)
    {
        while (stream.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 41:
                    BeginOfTextId = stream.ReadInt32();
                    break;
                case 42:
                    EndOfTextId = stream.ReadInt32();
                    break;
                default:
                    stream.SkipLastField();
                    break;
            }
        }
    }

    private static (string Text, PieceType Type) ReadPiece(CodedInputStream stream)
    {
        string text = "";
        var type = PieceType.Normal;
        while (stream.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    text = stream.ReadString();
                    break;
                case 3:
                    type = (PieceType)stream.ReadEnum();
                    break;
                default:
                    stream.SkipLastField();
                    break;
            }
        }

        return (text, type);
    }

    private static byte[] ToBytes(string text, PieceType type, int id, string path) => type switch
    {
        PieceType.Control or PieceType.Unknown or PieceType.Unused => [],
        PieceType.Byte when text is ['<', '0', 'x', _, _, '>']
            && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, null, out byte value) => [value],
        PieceType.Byte => throw new PagedException($"The tokenizer {path} is damaged: piece {id} stands for a byte and reads {Quoted.Of(text)} where <0x00> to <0xFF> is expected."),
        _ => Encoding.UTF8.GetBytes(text.Replace('\u2581', ' ')), // U+2581 stands for a space
    };
}
