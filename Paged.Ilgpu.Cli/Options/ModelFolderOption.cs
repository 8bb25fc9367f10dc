using System.CommandLine;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>Where the model lies; the one place that decides which it is.</summary>
internal sealed class ModelFolderOption
{
    private readonly Option<string> _folder = new("--model")
    {
        Description = "The checkpoint: a folder with params.json or config.json, weights and a tokenizer, or the one above its original/; or a .gguf file.",
        HelpName = "DIR",
        Required = true,
    };

    public void AddTo(Command command) => command.Add(_folder);

    public string Read(ParseResult options) => options.GetRequiredValue(_folder);
}
