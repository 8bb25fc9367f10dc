using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;

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

    // The bytes of a square of 4,096 by itself, its input and output, and scales where it is quantized.
    [TestCase("none", 2 * 4096 * 4096 + 2 * 4 * 4096)]
    [TestCase("int8", 4096 * 4096 + 3 * 4 * 4096)]
    [Category("opencl")]
    public void the_kernel_benchmark_ends_with_a_line_of_json(string quantization, int bytesOfSquare)
    {
        using (new TestBackend("opencl", 1).Open())
        {
            // skips the test where there is none
        }

        using var model = new DummyModel();
        CliRun run = CliRun.Of(
            "bench", "kernels", "--model", model.Path, "--load-format", "dummy", "--dtype", "bfloat16", "--quantization", quantization, "--device", "opencl",
            "--rows", "1,3", "--context", "20", "--seconds", "0.001");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement result = JsonDocument.Parse(run.Output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.That(result.GetProperty("quantization").GetString(), Is.EqualTo(quantization));
        Assert.That(result.GetProperty("rates").GetProperty("read_gigabytes_per_second").GetDouble(), Is.GreaterThan(0));
        JsonElement[] figures = [.. result.GetProperty("figures").EnumerateArray()];
        Assert.That(figures.Select(figure => figure.GetProperty("kernel").GetString()), Does.Contain("decode step"));
        Assert.That(figures.Select(figure => figure.GetProperty("microseconds").GetDouble()), Is.All.GreaterThan(0));
        JsonElement square = figures.First(figure => figure.GetProperty("kernel").GetString() == "linear, square");
        double bytes = square.GetProperty("gigabytes_per_second").GetDouble() * square.GetProperty("microseconds").GetDouble() * 1e3;
        Assert.That(bytes, Is.EqualTo(bytesOfSquare).Within(1e-6).Percent);
    }
}
