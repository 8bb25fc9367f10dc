using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Tokenization;

/// <summary>Finds a checkpoint's tokenizer and tells its kind by its content.</summary>
public static class TokenizerFile
{
    private const string ModelName = "tokenizer.model";

    // Llama 3's has 2 MB; of SentencePiece models, those of large vocabularies have 5.
    private const long LargestModelBytes = 256 << 20;

    /// <summary>
    /// The path of a folder's tokenizer: tokenizer.json, which has what was added to a vocabulary in tuning, before tokenizer.model; in the
    /// folder or in <c>original/</c> within it, where some downloads leave it; or the folder's one GGUF model, which carries its own. Null
    /// where there is none.
    /// </summary>
    public static string? Find(string folder) => Array.Find(
        [
            Path.Combine(folder, HuggingFaceTokenizerJson.FileName),
            Path.Combine(folder, ModelName),
            Path.Combine(folder, "original", ModelName),
        ],
        File.Exists) ?? (Directory.Exists(folder) ? GgufSet.FindIn(folder) : null);

    /// <summary>Opens a tokenizer.</summary>
    /// <param name="model">A folder, see <see cref="Find"/>, or a GGUF file.</param>
    /// <exception cref="PagedException">The file is missing, empty, damaged, or of no kind that is known.</exception>
    public static ITokenizer Open(string model)
    {
        string path = (GgufSet.IsModel(model) ? model : Find(model))
            ?? throw new PagedException($"There is no {HuggingFaceTokenizerJson.FileName} or {ModelName} in {model}; expected is the tokenizer of a Llama release.");
        if (Path.GetFileName(path) == HuggingFaceTokenizerJson.FileName)
            return HuggingFaceTokenizerJson.Open(path);
        if (GgufSet.IsModel(path))
        {
            using GgufFile file = GgufFile.Open(path);
            return GgufTokenizer.Read(file.Metadata, path);
        }

        byte[] content = ReadAll(path, LargestModelBytes);
        if (content.Length == 0)
            throw new PagedException($"The tokenizer {path} is empty; expected are tiktoken ranks or a SentencePiece model.");
        if (TiktokenRanks.AreIn(content))
            return TiktokenModel.Parse(content, path);
        if (SentencePieceFile.IsIn(content))
            return SentencePieceModel.Parse(content, path);
        string start = Convert.ToHexString(content.AsSpan(0, Math.Min(content.Length, 8)));
        throw new PagedException($"The tokenizer {path} begins with the bytes {start}; expected are tiktoken ranks or a SentencePiece model.");
    }

    /// <summary>A whole file.</summary>
    /// <exception cref="PagedException">It cannot be read, or is larger than any tokenizer.</exception>
    internal static byte[] ReadAll(string path, long largestBytes)
    {
        try
        {
            long length = new FileInfo(path).Length;
            return length <= largestBytes
                ? File.ReadAllBytes(path)
                : throw new PagedException($"The tokenizer {path} has {length} bytes, expected at most {largestBytes}.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"The tokenizer {path} cannot be read: {fault.Message}", fault);
        }
    }
}
