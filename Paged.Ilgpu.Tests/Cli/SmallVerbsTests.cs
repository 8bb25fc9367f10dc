using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;

namespace Paged.Ilgpu.Tests.Cli;

internal sealed class SmallVerbsTests
{
    [Test]
    public void text_becomes_ids_and_ids_become_text()
    {
        using var model = new DummyModel();
        Assert.That(CliRun.Of("tokenize", "--model", model.Path, "ab").Output, Is.EqualTo("256 97 98\n"));
        Assert.That(CliRun.Of("tokenize", "--model", model.Path, "ab", "--no-bos").Output, Is.EqualTo("97 98\n"));
        Assert.That(CliRun.Of("tokenize", "--model", model.Path, "--decode", "256", "97", "98").Output, Is.EqualTo("ab\n"));
    }

    [Test]
    public void an_id_that_no_token_has_is_named()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.Of("tokenize", "--model", model.Path, "--decode", "512");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(run.Error, Does.Contain("512").And.Contain("from 0 to 511"));
    }

    [Test]
    public void the_devices_are_listed_under_the_names_they_are_chosen_by()
    {
        CliRun run = CliRun.Of("devices");
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success));
        Assert.That(lines[1], Does.EndWith("auto"));
        Assert.That(lines[^1], Does.StartWith(" cpu:0 "));
    }
}
