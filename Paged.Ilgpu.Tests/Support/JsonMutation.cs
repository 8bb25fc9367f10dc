using System.Text.Json.Nodes;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Right JSON with a few values changed: it stays JSON, so that a reader gets to what it means.</summary>
internal static class JsonMutation
{
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "1.5", "2147483647", "2147483648", "-9223372036854775808", "1e308", "\"\"", "\"x\"", "\"\\u2581\"",
        "\"a b\"", "\"<|x|>\"", "\"(a+)+$\"", "\"[\"", "[]", "{}", "[[[[[[[[]]]]]]]]", "[1, \"a\", null]", "{\"type\": \"ByteLevel\"}",
    ];

    /// <summary>One to three of: another value, a key or an element less, an element twice.</summary>
    public static string Of(string json, Random random)
    {
        JsonNode root = JsonNode.Parse(json)!;
        for (int changes = random.Next(1, 4); changes > 0; changes--)
            Change(root, random);
        return root.ToJsonString();
    }

    private static void Change(JsonNode parent, Random random)
    {
        while (true)
        {
            int count = parent is JsonObject o ? o.Count : ((JsonArray)parent).Count;
            if (count == 0)
                return;
            int index = random.Next(count);
            JsonNode? child = parent is JsonObject inner ? inner.ElementAt(index).Value : parent[index];
            if (child is JsonObject or JsonArray && random.Next(4) != 0)
            {
                parent = child;
                continue;
            }

            JsonNode? value = JsonNode.Parse(Values[random.Next(Values.Length)]);
            switch (random.Next(4))
            {
                case 0 when parent is JsonObject without:
                    without.Remove(without.ElementAt(index).Key);
                    break;
                case 0:
                    parent.AsArray().RemoveAt(index);
                    break;
                case 1 when parent is JsonArray twice:
                    twice.Add(child?.DeepClone());
                    break;
                default:
                    if (parent is JsonObject changed)
                        changed[changed.ElementAt(index).Key] = value;
                    else
                        parent[index] = value;
                    break;
            }

            return;
        }
    }
}
