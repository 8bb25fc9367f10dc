namespace Paged.Ilgpu.Tokenization;

/// <summary>Finds a checkpoint's tokenizer and tells its kind by its content.</summary>
public static class TokenizerFile
{
    private const string FileName = "tokenizer.model";

    /// <summary>Opens <c>tokenizer.model</c> in a folder or in <c>original/</c> within it, where some downloads leave it.</summary>
    /// <exception cref="PagedException">The file is missing, empty, damaged, or of neither kind.</exception>
    public static ITokenizer Open(string folder)
    {
        string[] candidates = [Path.Combine(folder, FileName), Path.Combine(folder, "original", FileName)];
        string path = Array.Find(candidates, File.Exists)
            ?? throw new PagedException($"There is no {FileName} in {folder}; expected is the tokenizer file of a Llama release.");

        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"The tokenizer {path} cannot be read: {fault.Message}", fault);
        }

        if (content.Length == 0)
            throw new PagedException($"The tokenizer {path} is empty; expected are tiktoken ranks or a SentencePiece model.");
        if (TiktokenRanks.AreIn(content))
            return TiktokenModel.Parse(content, path);
        if (SentencePieceFile.IsIn(content))
            return SentencePieceModel.Parse(content, path);
        string start = Convert.ToHexString(content.AsSpan(0, Math.Min(content.Length, 8)));
        throw new PagedException($"The tokenizer {path} begins with the bytes {start}; expected are tiktoken ranks or a SentencePiece model.");
    }
}
