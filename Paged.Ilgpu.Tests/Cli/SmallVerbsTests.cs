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

    [Test]
    [Category("opencl")]
    public void the_kernel_benchmark_ends_with_a_line_of_json()
    {
        JsonElement result = BenchKernels("--rows", "1,3");
        Assert.That(result.GetProperty("quantization").GetString(), Is.EqualTo("none"));
        Assert.That(result.GetProperty("rates").GetProperty("read_gigabytes_per_second").GetDouble(), Is.GreaterThan(0));
        JsonElement[] figures = [.. result.GetProperty("figures").EnumerateArray()];
        Assert.That(figures.Select(figure => figure.GetProperty("kernel").GetString()), Does.Contain("decode step"));
        Assert.That(figures.Select(figure => figure.GetProperty("microseconds").GetDouble()), Is.All.GreaterThan(0));
        Assert.That(BytesOfSquare(result), Is.EqualTo(2 * 4096 * 4096 + 2 * 4 * 4096).Within(1e-6).Percent, "the matrix, input and output");
    }

    [Test]
    [Category("opencl")]
    public void the_kernel_benchmark_takes_weights_of_eight_bits()
    {
        JsonElement result = BenchKernels("--rows", "1", "--kernels-only", "--quantization", "int8");
        Assert.That(result.GetProperty("quantization").GetString(), Is.EqualTo("int8"));
        Assert.That(BytesOfSquare(result), Is.EqualTo(4096 * 4096 + 3 * 4 * 4096).Within(1e-6).Percent, "the matrix, scales, input and output");
    }

    private static JsonElement BenchKernels(params string[] options)
    {
        using (new TestBackend("opencl", 1).Open())
        {
            // skips the test where there is none
        }

        using var model = new DummyModel();
        CliRun run = CliRun.Of([
            "bench", "kernels", "--model", model.Path, "--load-format", "dummy", "--dtype", "bfloat16", "--device", "opencl",
            "--context", "20", "--seconds", "0.001", .. options]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        return JsonDocument.Parse(run.Output.TrimEnd().Split('\n')[^1]).RootElement;
    }

    private static double BytesOfSquare(JsonElement result)
    {
        JsonElement square = result.GetProperty("figures").EnumerateArray().First(figure => figure.GetProperty("kernel").GetString() == "linear, square");
        return square.GetProperty("gigabytes_per_second").GetDouble() * square.GetProperty("microseconds").GetDouble() * 1e3;
    }
}
