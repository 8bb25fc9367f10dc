using System.CommandLine;
using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Cli.Planning;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>A model without its weights, and what counts a prompt's tokens.</summary>
internal sealed class PlannedModelOptions
{
    private readonly Option<string?> _model = new("--model")
    {
        Description = "A folder with params.json or config.json, such a file, a .gguf file, or one of " + string.Join(", ", NamedShapes.Names)
            + ". [default: the demo model, which comes with the program]",
        HelpName = "MODEL",
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "The folder of tokenizer.model. [default: the model's; for a name the demo model's, whose counts are rough]",
        HelpName = "DIR",
    };

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_tokenizer);
    }

    /// <exception cref="PagedException">There is no such model or no tokenizer.</exception>
    public PlannedModel Open(ParseResult options)
    {
        string? named = options.GetValue(_model);
        string model = named ?? DemoModelFolder.Installed.Checked().Path;
        string? modelFolder = ModelShape.FolderOf(model);
        bool isGguf = File.Exists(model) && model.EndsWith(".gguf", StringComparison.Ordinal); // which carries its tokenizer
        string tokenizerFolder = options.GetValue(_tokenizer) ?? (isGguf ? model : modelFolder) ?? DemoModelFolder.Installed.Checked().Path;
        ITokenizer tokenizer = TokenizerFile.Open(tokenizerFolder);
        return new PlannedModel(
            named ?? DemoModelFolder.Name, ModelShape.Find(model, tokenizer.VocabularySize), tokenizer, modelFolder ?? tokenizerFolder);
    }
}
