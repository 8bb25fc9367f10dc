using System.Text.Json;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>Writes log probabilities in the two forms that the OpenAI API has for them.</summary>
internal static class LogProbabilitiesJson
{
    // JSON has no infinities; the API writes this for a token that cannot be drawn.
    private const float Impossible = -9999;

    /// <summary>An object for each token, with its bytes and the likeliest tokens in its place.</summary>
    public static void WriteForChat(Utf8JsonWriter json, IReadOnlyList<LikelyTokens> positions)
    {
        json.WriteStartObject();
        json.WriteStartArray("content");
        foreach (LikelyTokens position in positions)
        {
            json.WriteStartObject();
            WriteToken(json, position.Drawn);
            json.WriteStartArray("top_logprobs");
            foreach (LikelyToken token in position.Likeliest)
            {
                json.WriteStartObject();
                WriteToken(json, token);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    /// <summary>Lists side by side, with the place of each token in the text, in characters (code points).</summary>
    public static void WriteForText(Utf8JsonWriter json, IReadOnlyList<LikelyTokens> positions)
    {
        json.WriteStartObject();
        json.WriteStartArray("tokens");
        foreach (LikelyTokens position in positions)
            json.WriteStringValue(position.Drawn.Text);
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (LikelyTokens position in positions)
            json.WriteNumberValue(Finite(position.Drawn));
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (LikelyTokens position in positions)
            WriteLikeliest(json, position);
        json.WriteEndArray();
        json.WriteStartArray("text_offset");
        int offset = 0;
        foreach (LikelyTokens position in positions)
        {
            json.WriteNumberValue(offset);
            offset += CharactersBegunBy(position.Drawn.Bytes);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter json, LikelyToken token)
    {
        json.WriteString("token", token.Text);
        json.WriteNumber("logprob", Finite(token));
        json.WriteStartArray("bytes");
        foreach (byte value in token.Bytes)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    // The drawn token is among them, though it may be none of the likeliest. Of two tokens with one text the likelier is kept.
    private static void WriteLikeliest(Utf8JsonWriter json, LikelyTokens position)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        json.WriteStartObject();
        foreach (LikelyToken token in position.Likeliest.Append(position.Drawn))
        {
            if (written.Add(token.Text))
                json.WriteNumber(token.Text, Finite(token));
        }

        json.WriteEndObject();
    }

    private static float Finite(LikelyToken token) => Math.Max(token.LogProbability, Impossible);

    // Every byte of UTF-8 begins a character but those that continue one, 10xxxxxx.
    private static int CharactersBegunBy(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        foreach (byte value in bytes)
        {
            if ((value & 0xC0) != 0x80)
                count++;
        }

        return count;
    }
}
