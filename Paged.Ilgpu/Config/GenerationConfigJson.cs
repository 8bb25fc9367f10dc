namespace Paged.Ilgpu.Config;

/// <summary>
/// Reads Hugging Face's generation_config.json, the sampling defaults of a checkpoint
/// (huggingface.co/docs/transformers/main_classes/text_generation). Its other keys are about other ways to search for an answer.
/// </summary>
public static class GenerationConfigJson
{
    private const string FileName = "generation_config.json";

    /// <summary>Reads the file of a checkpoint's folder, or the one above where the folder is `original`.</summary>
    /// <returns>Defaults that say nothing where there is no such file.</returns>
    /// <exception cref="PagedException">The file is damaged, or a value is out of its range.</exception>
    public static GenerationDefaults Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) && new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) is { Name: "original", Parent: { } parent })
            path = Path.Combine(parent.FullName, FileName);
        if (!File.Exists(path))
            return new GenerationDefaults();

        ConfigValues values = JsonConfigFile.Read(path);
        bool draws = values.OptionalBool("do_sample") ?? true;
        double? temperature = values.OptionalNumber("temperature", 0, 2);
        return new GenerationDefaults
        {
            Temperature = draws ? temperature : 0,
            TopP = values.OptionalNumber("top_p", double.Epsilon, 1),
            TopK = values.OptionalInt("top_k", 0, int.MaxValue),
            MinP = values.OptionalNumber("min_p", 0, 1),
            RepetitionPenalty = values.OptionalNumber("repetition_penalty", double.Epsilon, 100),
            EndOfTextIds = values.TokenIds("eos_token_id"),
        };
    }
}
