using System.CommandLine;
using Paged.Ilgpu.Cli.DemoModel;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>Where the model lies; the one place that decides which it is.</summary>
internal sealed class ModelFolderOption
{
    private readonly Option<string?> _folder = new("--model")
    {
        Description = "The checkpoint: a folder with params.json or config.json, weights and a tokenizer, or the one above its original/; or a .gguf file; with --load-format dummy also a shape's name, such as llama-3-8b. "
            + "[default: the demo model, which comes with the program]",
        HelpName = "DIR",
    };

    public void AddTo(Command command) => command.Add(_folder);

    /// <exception cref="PagedException">No folder is named, and the demo model is damaged.</exception>
    public string Read(ParseResult options) => options.GetValue(_folder) ?? DemoModelFolder.Installed.Checked().Path;
}
