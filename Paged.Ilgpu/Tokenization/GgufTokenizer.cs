using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Tokenization;

/// <summary>The tokenizer that a GGUF file carries among its metadata (github.com/ggml-org/ggml, docs/gguf.md, "Tokenizer").</summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>What the file says of a token; the numbers are SentencePiece's.</summary>
    internal enum TokenType
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    /// <summary>Reads the tokenizer.</summary>
    /// <param name="metadata">What the file says beside its tensors.</param>
    /// <param name="path">Names the file in errors.</param>
    /// <exception cref="PagedException">There is none, it is damaged, or it is of a kind that is not supported.</exception>
    public static ITokenizer Read(GgufMetadata metadata, string path)
    {
        string model = metadata.Text(Prefix + "model")
            ?? throw new PagedException($"{path} has no '{Prefix}model', expected a tokenizer among its metadata.");
        string[] tokens = metadata.Texts(Prefix + "tokens")
            ?? throw new PagedException($"{path} has no '{Prefix}tokens', expected a text for each id.");
        TokenType[] types = ReadTypes(metadata, path, tokens.Length);
        return model switch
        {
            "llama" => GgufSentencePieces.Build(metadata, path, tokens, types),
            "gpt2" => new BpeModel(DescribeBytePairs(metadata, path, tokens, types)),
            _ => throw new PagedException($"{path} sets '{Prefix}model' to {Quoted.Of(model)}, "
                + "expected 'llama' or 'gpt2', the tokenizers supported."),
        };
    }

    /// <summary>An id among the metadata; null where there is none.</summary>
    /// <exception cref="PagedException">It is no token's.</exception>
    public static int? ReadId(GgufMetadata metadata, string path, string name, int tokenCount)
    {
        long? id = metadata.Whole(Prefix + name);
        return id is null or >= 0 && !(id >= tokenCount) ? (int?)id
            : throw new PagedException($"{path} sets '{Prefix}{name}' to {id}, expected one of its {tokenCount} tokens.");
    }

    private static TokenType[] ReadTypes(GgufMetadata metadata, string path, int count)
    {
        if (metadata.Wholes(Prefix + "token_type") is not { } types)
            return [.. Enumerable.Repeat(TokenType.Normal, count)];
        return types.Length == count && types.All(type => type is >= (long)TokenType.Normal and <= (long)TokenType.Byte)
            ? Array.ConvertAll(types, type => (TokenType)type)
            : throw new PagedException($"{path} has {types.Length} types in '{Prefix}token_type' for {count} tokens, "
                + "expected one from 1 to 6 for each.");
    }

    private static BpeDescription DescribeBytePairs(GgufMetadata metadata, string path, string[] tokens, TokenType[] types)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var added = new List<AddedToken>();
        for (int id = 0; id < tokens.Length; id++)
        {
            switch (types[id])
            {
                case TokenType.Control or TokenType.Unknown:
                    added.Add(new AddedToken(id, tokens[id], IsControl: true));
                    break;
                case TokenType.UserDefined: // in brackets it steers a model, whatever the file says of it
                    added.Add(new AddedToken(id, tokens[id], IsControl: tokens[id] is ['<', .., '>'] or ['[', .., ']']));
                    break;
                case TokenType.Unused: // fills a place
                    break;
                default:
                    if (vocabulary.TryAdd(tokens[id], id))
                        break;
                    throw new PagedException($"{path} has the token {Quoted.Of(tokens[id])} as {vocabulary[tokens[id]]} and {id}, "
                        + "expected it once.");
            }
        }

        GgufSplit split = GgufSplit.Find(metadata.Text(Prefix + "pre"), path);
        string? begin = ReadId(metadata, path, "bos_token_id", tokens.Length) is int beginId ? tokens[beginId] : null;
        return new BpeDescription
        {
            Origin = path,
            Vocabulary = vocabulary,
            Merges = metadata.Texts(Prefix + "merges")
                ?? throw new PagedException($"{path} has no '{Prefix}merges', expected the pairs that are merged."),
            AddedTokens = added,
            IsByteLevel = true,
            TakesWholePieces = split.TakesWholePieces,
            Splitters = split.Splitters,
            BeginOfText = begin,
            AddsBeginOfText = begin is not null && (metadata.Flag(Prefix + "add_bos_token") ?? split.AddsBeginOfText),
            EndOfText = ReadId(metadata, path, "eos_token_id", tokens.Length) is int endId ? tokens[endId] : null,
        };
    }
}
