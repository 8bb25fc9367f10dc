using System.CommandLine;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Cli.Verbs;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary><c>paged bench kernels</c>: the linear layers of Llama 3 8B, one by one.</summary>
internal sealed class KernelsVerb
{
    private readonly Option<string> _device = EngineSettings.DeviceOption();

    private readonly Option<ElementType?> _type = EngineSettings.TypeOption("--dtype", "Type of the weights; auto: bfloat16.");

    private readonly Option<KernelForm> _form = CheckedOption.Choice(
        "--kernel-form",
        "Which form of the kernels.",
        ("auto", KernelForm.Automatic),
        ("portable", KernelForm.Portable),
        ("matrix", KernelForm.MatrixUnit));

    private readonly Option<int> _mostRows = CheckedOption.Whole("--max-rows", "Rows at once, at most.", defaultValue: 4096, min: 1);

    public static Command Build()
    {
        var verb = new KernelsVerb();
        var command = new Command("kernels", "Time the linear layers of Llama 3 8B at numbers of rows from 1 on.")
        {
            verb._device,
            verb._type,
            verb._form,
            verb._mostRows,
        };
        command.SetVerb(verb.Measure);
        return command;
    }

    private int Measure(ParseResult options)
    {
        using var device = new OpenDevice(options.GetRequiredValue(_device));
        TextWriter output = options.InvocationConfiguration.Output;
        ElementType type = options.GetValue(_type) ?? ElementType.BFloat16;
        using var benchmark = new KernelsBenchmark(device.Accelerator, type, options.GetValue(_form));
        double readBandwidth = benchmark.ReadBandwidth();
        output.WriteLine($"{device.Name}, {type}, {benchmark.Form} form; reads {readBandwidth / 1e9:N0} GB/s");

        var results = new List<LinearResult>();
        var table = new TextTable("layer", "columns x inputs", "rows", "us", "GB/s", "of reads", "GFLOP/s");
        foreach (LinearShape shape in LinearShape.Llama3EightB)
        {
            foreach (int rows in KernelsBenchmark.RowCounts.Where(rows => rows <= options.GetValue(_mostRows)))
            {
                LinearResult result = benchmark.Measure(shape, rows);
                results.Add(result);
                table.Row(
                    shape.Name,
                    $"{shape.Columns} x {shape.Inputs}",
                    $"{rows:N0}",
                    $"{result.Microseconds:N1}",
                    $"{result.BytesPerSecond / 1e9:N0}",
                    Numbers.Percent(result.BytesPerSecond / readBandwidth),
                    $"{result.OperationsPerSecond / 1e9:N0}");
            }
        }

        table.Write(output);
        output.WriteLine(SummaryJson.ToLine(new { Device = device.Name, Form = $"{benchmark.Form}", ReadBytesPerSecond = readBandwidth, Linear = results }));
        return CommandLine.Success;
    }
}
