using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Planning;

/// <summary>A model of which only the shape is known.</summary>
/// <param name="Name">As the user named it.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Tokenizer">What counts a prompt's tokens.</param>
/// <param name="Folder">Whose chat template is used: the model's, for a named shape the tokenizer's.</param>
internal sealed record PlannedModel(string Name, ModelShape Shape, ITokenizer Tokenizer, string Folder)
{
    /// <summary>Whether the tokenizer is another model's, so that its counts are only roughly this one's.</summary>
    public bool CountsAreRough => Tokenizer.VocabularySize > Shape.Config.VocabularySize
        || Tokenizer.VocabularySize < Shape.Config.VocabularySize / 2;
}
