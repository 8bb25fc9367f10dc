using System.CommandLine;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>Which model is used, with which weights.</summary>
/// <param name="seeded">What else than dummy weights the seed is for.</param>
internal sealed class ModelOptions(string seeded = "requests without one; where it is not given a request's number is its seed")
{
    /// <summary>The option for the seed of everything random.</summary>
    public const string SeedName = "--seed";

    private readonly ModelFolderOption _folder = new();

    private readonly Option<LoadFormat> _loadFormat = CheckedOption.Choice(
        "--load-format",
        "Weights from the checkpoint, or random ones of its shape.",
        ("auto", LoadFormat.Auto),
        ("dummy", LoadFormat.Dummy));

    private readonly Option<int> _seed = CheckedOption.Whole(
        SeedName,
        $"Seed of dummy weights, and of {seeded}.",
        defaultValue: 0,
        min: 0);

    public void AddTo(Command command)
    {
        _folder.AddTo(command);
        command.Add(_loadFormat);
        command.Add(_seed);
    }

    public int Seed(ParseResult options) => options.GetValue(_seed);

    /// <summary>Opens checkpoint and tokenizer.</summary>
    public LoadedModel Open(ParseResult options) =>
        LoadedModel.Open(_folder.Read(options), options.GetValue(_loadFormat), (ulong)Seed(options));
}
