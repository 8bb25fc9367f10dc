using System.CommandLine;
using Paged.Ilgpu.Cli.Planning;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>A model without its weights, and what counts a prompt's tokens.</summary>
internal sealed class PlannedModelOptions
{
    private readonly Option<string> _model = new("--model")
    {
        Description = "A folder with params.json or config.json, such a file, a .gguf file, or one of " + string.Join(", ", NamedShapes.Names) + ".",
        HelpName = "MODEL",
        Required = true,
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "The folder of tokenizer.model. [default: the model's]",
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
        string model = options.GetRequiredValue(_model);
        string? modelFolder = ModelShape.FolderOf(model);
        bool isGguf = File.Exists(model) && model.EndsWith(".gguf", StringComparison.Ordinal); // which carries its tokenizer
        string tokenizerFolder = options.GetValue(_tokenizer) ?? (isGguf ? model : modelFolder) ?? DefaultTokenizerFolder(model);
        ITokenizer tokenizer = TokenizerFile.Open(tokenizerFolder);
        return new PlannedModel(model, ModelShape.Find(model, tokenizer.VocabularySize), tokenizer, modelFolder ?? tokenizerFolder);
    }

    /// <summary>What counts tokens for a named shape; the one place that decides.</summary>
    private static string DefaultTokenizerFolder(string model) => throw new PagedException(
        $"The model {model} is a shape without a tokenizer; expected is the folder of a tokenizer.model (--tokenizer DIR).");
}
