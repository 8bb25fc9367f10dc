using Paged.Ilgpu.Cli.Report;

namespace Paged.Ilgpu.Tests.Cli.Report;

internal sealed class TextTableTests
{
    [Test]
    public void columns_line_up_and_no_line_ends_in_spaces()
    {
        var table = new TextTable("", "naive", "ratio");
        table.Row("slots", "1,024", "");
        table.Row("steps, all", "7", "0.5 ×");
        using var writer = new StringWriter { NewLine = "\n" };
        table.Write(writer);
        Assert.That(writer.ToString(), Is.EqualTo(
            "              naive   ratio\n"
            + " slots        1,024\n"
            + " steps, all       7   0.5 ×\n"));
    }
}
