using System.Text;
using CsCheck;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli.Input;

internal sealed class FileLinesTests
{
    [TestCase("", ExpectedResult = "")]
    [TestCase("a", ExpectedResult = "a")]
    [TestCase("a\n", ExpectedResult = "a|")]
    [TestCase("a\r\n\r\nb", ExpectedResult = "a||b")]
    [TestCase("\uFEFFa\n\uFEFFb\n", ExpectedResult = "a|\uFEFFb|", Description = "a byte-order mark stands at the beginning alone")]
    public string lines_are_without_their_ends(string content)
    {
        FileLine[] lines = Read(Encoding.UTF8.GetBytes(content), out string[] texts);
        return string.Join('|', texts) + (lines is [.., { IsEnded: true }] ? "|" : "");
    }

    [Test]
    public void lines_of_any_length_are_whole_and_end_where_the_next_begins() =>
        Gen.Int[0, 200_000].Array[0, 6].Sample(
            lengths =>
            {
                byte[] content = Encoding.UTF8.GetBytes(string.Concat(lengths.Select((length, line) => new string((char)('a' + line), length) + '\n')));
                FileLine[] lines = Read(content, out string[] texts);
                return texts.Select(text => text.Length).SequenceEqual(lengths)
                    && lines.Select(line => line.Number).SequenceEqual(Enumerable.Range(1, lengths.Length))
                    && lines.All(line => content[line.End - 1] == (byte)'\n')
                    && (lines is [] || lines[^1].End == content.Length);
            },
            seed: "0000KOIm_EB0",
            iter: 50);

    private static FileLine[] Read(byte[] content, out string[] texts)
    {
        using var folder = new TestFolder();
        using var file = InputFile.Open(folder.Write("file.txt", content));
        var lines = new List<FileLine>();
        var read = new List<string>();
        foreach (FileLine line in FileLines.Read(file.Handle, file.Name))
        {
            lines.Add(line);
            read.Add(Encoding.UTF8.GetString(line.Content.Span));
        }

        Assert.That(FileLines.Count(file.Handle), Is.EqualTo(lines.Count));
        texts = [.. read];
        return [.. lines];
    }
}
