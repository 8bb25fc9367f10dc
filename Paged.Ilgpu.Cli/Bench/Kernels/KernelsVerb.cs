using System.CommandLine;
using System.Globalization;
using ILGPU.Runtime;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Cli.Verbs;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary><c>paged bench kernels</c>: every kernel at a model's shapes, beside what the device does at best, and whole decode steps.</summary>
internal sealed class KernelsVerb
{
    private const int LongestSequence = 1024;

    private readonly Option<string> _model = new("--model")
    {
        Description = "A checkpoint's folder, or, with random weights, one of " + string.Join(", ", NamedShapes.Names) + ".",
        HelpName = "MODEL",
        DefaultValueFactory = _ => "llama-125m",
    };

    private readonly Option<LoadFormat> _loadFormat = CheckedOption.Choice(
        "--load-format",
        "Weights from the checkpoint, or random ones of its shape; for a shape without a checkpoint they are random.",
        ("auto", LoadFormat.Auto),
        ("dummy", LoadFormat.Dummy));

    private readonly Option<string> _device = EngineSettings.DeviceOption();
    private readonly Option<ElementType?> _weightType = EngineSettings.TypeOption("--dtype", "Type of the weights on the device; auto: as stored.");

    private readonly Option<WeightQuantization> _quantization = EngineSettings.QuantizationOption();

    private readonly Option<KernelForm> _form = CheckedOption.Choice(
        "--kernel-form",
        "Which form of the kernels.",
        ("auto", KernelForm.Automatic),
        ("portable", KernelForm.Portable),
        ("matrix", KernelForm.MatrixUnit),
        ("vector", KernelForm.Vector));

    private readonly Option<int[]> _rows = CheckedOption.Create<int[]>(
        "--rows",
        "N,N,...",
        "Tokens of a step, each count in turn.",
        "whole numbers from 1 on with commas between",
        TryReadCounts).WithDefault([1, 16, 49, 256]);

    private readonly Option<int> _context = CheckedOption.Whole("--context", "Positions that decoding attention looks back on.", defaultValue: 256, min: 1);

    private readonly Option<double> _seconds = CheckedOption.Create<double>(
        "--seconds",
        "S",
        "Time for each measurement; what waits for its launches gets up to 0.6.",
        "a number of seconds above 0",
        (text, out value) => double.TryParse(text, CultureInfo.InvariantCulture, out value) && value > 0).WithDefault(0.5);

    private readonly Option<bool> _stepsOnly = new("--steps-only") { Description = "Measure the device and whole steps, not each kernel." };

    private readonly Option<bool> _kernelsOnly = new("--kernels-only") { Description = "Measure the device and each kernel, not whole steps." };

    private readonly Option<int> _fewRows = CheckedOption.Whole(
        "--few-rows", "Matrix form: most rows of the linear kernel for few; unless this is said, small matrices take it up to 16.", LinearTuning.Default.FewRows, min: 0);

    private readonly Option<int> _someRows = CheckedOption.Whole(
        "--some-rows", "Matrix form: most rows of the linear kernel for some.", LinearTuning.Default.SomeRows, min: 0);

    private readonly Option<int> _warpgroupRows = CheckedOption.Whole(
        "--warpgroup-rows",
        "Matrix form: fewest rows of the linear kernels of warpgroups; unless this is said, split sums take one of them from 9 on.",
        LinearTuning.Default.FewestRowsOfWarpgroups,
        min: 1);

    private readonly Option<int> _enoughTiles = CheckedOption.Whole(
        "--enough-tiles",
        "Matrix form: tiles a multiprocessor below which linear kernels split sums over groups.",
        LinearTuning.Default.EnoughTiles,
        min: 0);

    public static Command Build()
    {
        var verb = new KernelsVerb();
        var command = new Command("kernels", "Time each kernel and whole decode steps, beside what the device does at best.")
        {
            verb._model,
            verb._loadFormat,
            verb._device,
            verb._weightType,
            verb._quantization,
            verb._form,
            verb._rows,
            verb._context,
            verb._seconds,
            verb._stepsOnly,
            verb._kernelsOnly,
            verb._fewRows,
            verb._someRows,
            verb._warpgroupRows,
            verb._enoughTiles,
        };
        command.SetVerb(verb.Measure);
        return command;
    }

    private int Measure(ParseResult options)
    {
        string model = options.GetRequiredValue(_model);
        ModelShape shape = ModelShape.Find(model, VocabularySizeOf(ModelShape.FolderOf(model)));
        ElementType type = options.GetValue(_weightType) ?? shape.StoredType;
        WeightQuantization quantization = options.GetValue(_quantization);
        double seconds = options.GetValue(_seconds);
        using var device = new OpenDevice(options.GetRequiredValue(_device));
        Accelerator accelerator = device.Accelerator;
        var timer = new LaunchTimer(accelerator, seconds);
        using KernelSet kernels = KernelSet.Create(
            accelerator, type, type, KernelSet.GroupSizeFor(accelerator), options.GetValue(_form), TuningFrom(options));

        TextWriter output = options.InvocationConfiguration.Output;
        string quantized = quantization == WeightQuantization.Int8 ? ", linear layers in int8," : "";
        output.WriteLine($"{model} in {type.ToString().ToLowerInvariant()}{quantized} on {device.Name}");
        List<KernelFigures> figures = [];
        DeviceRates rates;
        using (var memory = new BenchMemory(accelerator, ColdPackets(shape.Config, type, options.GetValue(_stepsOnly))))
        {
            rates = DeviceRates.Measure(accelerator, timer, memory.Cold);
            output.WriteLine($"reads {rates.ReadGigabytesPerSecond:N1} GB/s, multiplies and adds {rates.MultiplyAddGigaflops:N1} GFLOP/s");
            output.WriteLine($"the host queues a launch in {timer.SecondsToQueue(memory.Cold) * 1e6:N1} us");
            if (!options.GetValue(_stepsOnly))
            {
                var bench = new KernelBench(shape.Config, type, quantization, type, kernels, memory, timer, rates);
                figures.AddRange(bench.Run(options.GetRequiredValue(_rows), options.GetValue(_context)));
            }
        }

        if (!options.GetValue(_kernelsOnly))
        {
            using IWeightSource weights = OpenWeights(model, shape, options.GetValue(_loadFormat));
            EngineOptions settings = EngineOptions(shape.Config, type, kernels.Form) with { Quantization = quantization };
            using PagedEngine engine = device.CreateEngine(shape.Config, weights, shape.StoredType, settings);
            var steps = new StepBench(engine, type, rates, new Random(0));
            figures.AddRange(options.GetRequiredValue(_rows).Where(rows => rows <= engine.Options.MaxSequences).Select(rows => steps.Run(rows, 4 * seconds)));
        }

        Write(output, figures);
        output.WriteLine(SummaryJson.ToLine(new KernelBenchReport(
            device.Name, model, type.ToString().ToLowerInvariant(), quantization.ToString().ToLowerInvariant(), kernels.Form.ToString().ToLowerInvariant(), rates, figures)));
        return CommandLine.Success;
    }

    // A number that was asked for is that of small matrices and of split sums too.
    private LinearTuning TuningFrom(ParseResult options) => new()
    {
        FewRows = options.GetValue(_fewRows),
        FewRowsOfSmallMatrices = options.GetResult(_fewRows) is { Implicit: false }
            ? options.GetValue(_fewRows)
            : LinearTuning.Default.FewRowsOfSmallMatrices,
        SomeRows = options.GetValue(_someRows),
        FewestRowsOfWarpgroups = options.GetValue(_warpgroupRows),
        FewestRowsOfPieces = options.GetResult(_warpgroupRows) is { Implicit: false }
            ? options.GetValue(_warpgroupRows)
            : LinearTuning.Default.FewestRowsOfPieces,
        EnoughTiles = options.GetValue(_enoughTiles),
    };

    // What a configuration may leave open.
    private static int? VocabularySizeOf(string? folder) =>
        folder is null || TokenizerFile.Find(folder) is null ? null : TokenizerFile.Open(folder).VocabularySize;

    private static IWeightSource OpenWeights(string model, ModelShape shape, LoadFormat format) =>
        format == LoadFormat.Dummy || shape.Folder is null
            ? new RandomWeights(shape.Config, seed: 0, shape.StoredType)
            : Checkpoint.Open(model).Weights;

    private static EngineOptions EngineOptions(LlamaConfig config, ElementType type, KernelForm form)
    {
        int length = Math.Min(LongestSequence, config.MaxPositions);
        return new() { WeightType = type, KernelForm = form, MaxModelLength = length, MaxSequences = 64, KvCacheBytes = 64L * BytesPerToken(config, type) * length };
    }

    private static long BytesPerToken(LlamaConfig config, ElementType type) =>
        (long)config.LayerCount * 2 * config.KeyValueHeadCount * Octet.CountFor(config.HeadDim) * KernelBench.PacketsPerOctet(type) * Packet.SizeInBytes;

    private static long ColdPackets(LlamaConfig config, ElementType type, bool stepsOnly)
    {
        long forReading = DeviceRates.BytesToRead / Packet.SizeInBytes;
        return stepsOnly ? forReading : Math.Max(forReading, KernelBench.LargestColdPackets(config, type));
    }

    private static void Write(TextWriter output, IEnumerable<KernelFigures> figures)
    {
        var table = new TextTable("kernel", "shape", "us", "GB/s", "of reading", "GFLOP/s", "of computing", "tokens/s");
        foreach (KernelFigures figure in figures)
        {
            table.Row(
                figure.Kernel,
                figure.Shape,
                $"{figure.Microseconds:N1}",
                $"{figure.GigabytesPerSecond:N2}",
                Numbers.Percent(figure.ShareOfReadBandwidth),
                $"{figure.Gigaflops:N1}",
                Numbers.Percent(figure.ShareOfMultiplyAdd),
                figure.TokensPerSecond == 0 ? "" : $"{figure.TokensPerSecond:N1}");
        }

        table.Write(output);
    }

    private static bool TryReadCounts(string text, out int[]? counts)
    {
        string[] parts = text.Split(',');
        counts = new int[parts.Length];
        for (int index = 0; index < parts.Length; index++)
        {
            if (!int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out counts[index]) || counts[index] < 1)
                return false;
        }

        return true;
    }
}
