using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>What an earlier run has left in its output.</summary>
internal static class EarlierAnswers
{
    /// <summary>Takes note of every request that has its line.</summary>
    /// <param name="output">The output.</param>
    /// <param name="name">The output as messages call it.</param>
    /// <param name="requests">The requests of the input.</param>
    /// <returns>Bytes of the whole lines, what follows them is the torn half of one; and whether they are the first requests', in order.</returns>
    /// <exception cref="PagedException">The output is that of another input, or no output at all.</exception>
    public static (long WholeBytes, bool IsInOrder) Read(SafeFileHandle output, string name, RequestNames requests)
    {
        long wholeBytes = 0;
        bool isInOrder = true;
        foreach (FileLine line in FileLines.Read(output, name))
        {
            // Within a line JSON has no line feed: what ends with one was written whole.
            if (!line.IsEnded)
                break;
            string key = KeyOf(line, name, out int index, out string shown);
            if (!requests.TryMarkAnswered(key))
            {
                throw new PagedException(requests.IsAnswered(key)
                    ? $"The output file {name} has {shown} twice, again in line {line.Number}; expected with --resume is each request once."
                    : $"The output file {name} has {shown} in line {line.Number}, which is not in the input; expected with --resume is the output "
                        + "of an earlier run of the same file.");
            }

            wholeBytes = line.End;
            isInOrder &= index == line.Number - 1;
        }

        return (wholeBytes, isInOrder);
    }

    private static string KeyOf(FileLine line, string name, out int index, out string shown)
    {
        try
        {
            using var parsed = JsonDocument.Parse(line.Content);
            JsonElement root = parsed.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("custom_id", out JsonElement customId)
                && root.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String
                && BatchLineId.TryParse(id.GetString(), out index))
            {
                if (customId.ValueKind == JsonValueKind.String)
                {
                    shown = $"the custom_id \"{FoundValue.Short(customId.GetString()!)}\"";
                    return InputItem.KeyOf(customId.GetString(), index);
                }

                if (customId.ValueKind == JsonValueKind.Null)
                {
                    shown = $"the id \"{id.GetString()}\"";
                    return InputItem.KeyOf(customId: null, index);
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw Foreign(name, line, fault);
        }

        throw Foreign(name, line, fault: null);
    }

    private static PagedException Foreign(string name, FileLine line, Exception? fault)
    {
        string message = $"The output file {name} has in line {line.Number} what is no line of an answer; expected with --resume is the output of an earlier run.";
        return fault is null ? new PagedException(message) : new PagedException(message, fault);
    }
}
