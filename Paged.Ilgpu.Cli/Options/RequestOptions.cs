using System.CommandLine;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>How a file of requests is read.</summary>
/// <param name="answers">Whether requests are answered, and so by a model that has a name; a plan does not ask for it.</param>
internal sealed class RequestOptions(bool answers)
{
    private readonly Option<InputFormat> _format = CheckedOption.Choice(
        "--input-format",
        "What the file is written in; auto: by its extension, by its first character where it has none.",
        ("auto", InputFormat.Auto),
        ("jsonl", InputFormat.OpenAiBatch),
        ("sharegpt", InputFormat.ShareGpt),
        ("txt", InputFormat.Text));

    private readonly Option<bool> _skipMalformed = new("--skip-malformed")
    {
        Description = "Write an error for a line of .jsonl that is no request, in place of not beginning.",
    };

    private readonly Option<string[]> _names = new("--served-model-name")
    {
        Description = "What requests may call the model, beside its folder's name and path; answers call it by the first.",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = true,
    };

    public void AddTo(Command command)
    {
        command.Add(_format);
        command.Add(_skipMalformed);
        if (answers)
            command.Add(_names);
    }

    /// <summary>Reads a file from begin to end, so that what is wrong with it is known before any work.</summary>
    public IRequestSource Open(ParseResult options, string path, int limit) =>
        PromptFile.Open(path, options.GetValue(_format), limit, options.GetValue(_skipMalformed));

    /// <summary>What answers call the model.</summary>
    public string NameOf(ParseResult options, LoadedModel model) => Names(options) is [var first, ..] ? first : model.Name;

    /// <summary>What requests are read for.</summary>
    public ServedModel ModelFor(ParseResult options, LoadedModel model, SamplingOptions defaults) =>
        new([.. Names(options), model.Name, model.Folder], model.Checkpoint.Config.VocabularySize, defaults);

    private string[] Names(ParseResult options) => options.GetValue(_names) ?? [];
}
