using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>
/// Writes vocabularies of other kinds as tokenizer.json, with the merges that Hugging Face's converters find: every way to put a token
/// together of two, the tokens in their order of rank or score.
/// </summary>
internal static class TokenizerJsonOf
{
    private static readonly string Llama3Control = string.Join(';', ControlTokens());

    /// <summary>A tiktoken file of Llama 3.</summary>
    /// <param name="path">The file.</param>
    /// <param name="form">A file of that form, of which the tables are replaced.</param>
    public static JsonObject Tiktoken(string path, JsonObject form)
    {
        char[] alphabet = [.. form["model"]!["vocab"]!.AsObject().Take(256).Select(token => token.Key[0])];
        string[] tokens = [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line =>
            string.Concat(Convert.FromBase64String(line.Split(' ')[0]).Select(value => alphabet[value])))];
        return Replace(form, [.. tokens, .. Llama3Control.Split(';')], Llama3Control.Split(';'), tokens.Select((token, rank) => (token, (double)rank)));
    }

    /// <summary>A SentencePiece model of Llama 2's kind.</summary>
    /// <inheritdoc cref="Tiktoken"/>
    public static JsonObject SentencePiece(string path, JsonObject form)
    {
        (string Text, float Score)[] pieces = [.. ReadPieces(new CodedInputStream(File.ReadAllBytes(path)))];
        return Replace(form, [.. pieces.Select(piece => piece.Text)], ["<unk>", "<s>", "</s>"], pieces.Skip(259).Select(piece => (piece.Text, -(double)piece.Score)));
    }

    private static JsonObject Replace(JsonObject form, string[] tokens, string[] control, IEnumerable<(string Token, double Rank)> ranks)
    {
        HashSet<string> known = [.. tokens];
        form["model"]!["vocab"] = new JsonObject(tokens.Select((token, id) => KeyValuePair.Create<string, JsonNode?>(token, id)));
        form["model"]!["merges"] = new JsonArray([.. from ranked in ranks
            orderby ranked.Rank
            from index in Enumerable.Range(1, Math.Max(0, ranked.Token.Length - 1))
            where !char.IsLowSurrogate(ranked.Token[index])
            let left = ranked.Token[..index]
            let right = ranked.Token[index..]
            where known.Contains(left) && known.Contains(right)
            select (JsonNode)new JsonArray(left, right)]);
        form["added_tokens"] = new JsonArray([.. control.Select(token => new JsonObject
        {
            ["id"] = Array.IndexOf(tokens, token),
            ["content"] = token,
            ["special"] = true,
        })]);
        return form;
    }

    // Fields 1 and 2 of the pieces, which are field 1 of the model.
    private static IEnumerable<(string Text, float Score)> ReadPieces(CodedInputStream stream)
    {
        while (stream.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) != 1)
            {
                stream.SkipLastField();
                continue;
            }

            CodedInputStream piece = stream.ReadBytes().CreateCodedInput();
            (string text, float score) = ("", 0);
            while (piece.ReadTag() is var field and not 0)
            {
                switch (WireFormat.GetTagFieldNumber(field))
                {
                    case 1:
                        text = piece.ReadString();
                        break;
                    case 2:
                        score = piece.ReadFloat();
                        break;
                    default:
                        piece.SkipLastField();
                        break;
                }
            }

            yield return (text, score);
        }
    }

    private static IEnumerable<string> ControlTokens()
    {
        string[] named = ["<|begin_of_text|>", "<|end_of_text|>", "<|a|>", "<|b|>", "<|c|>", "<|d|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>"];
        return named.Concat(Enumerable.Range(named.Length, 256 - named.Length).Select(number => $"<|reserved_{number}|>"));
    }
}
