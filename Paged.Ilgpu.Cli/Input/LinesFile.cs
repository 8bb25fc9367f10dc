using System.Text;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>One prompt a line; blank lines are skipped.</summary>
internal static class LinesFile
{
    public static IReadOnlyList<PromptRequest> Parse(ReadOnlyMemory<byte> utf8)
    {
        var prompts = new List<PromptRequest>();
        foreach (Range line in utf8.Span.Split((byte)'\n'))
        {
            string prompt = Encoding.UTF8.GetString(utf8.Span[line].TrimEnd((byte)'\r'));
            if (!string.IsNullOrWhiteSpace(prompt))
                prompts.Add(new PromptRequest(prompts.Count, prompt));
        }

        return prompts;
    }
}
