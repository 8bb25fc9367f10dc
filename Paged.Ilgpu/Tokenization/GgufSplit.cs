using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// How a byte-level tokenizer of a GGUF file cuts a text, which the file says by a name only: `tokenizer.ggml.pre`, one of those that
/// llama.cpp's converter gives (convert_hf_to_gguf.py, get_vocab_base_pre).
/// </summary>
/// <param name="Splitters">Cut a text into pieces, each what the one before left.</param>
/// <param name="TakesWholePieces">Whether a piece that is a token is not taken apart and merged.</param>
/// <param name="AddsBeginOfText">Whether a prompt begins with the begin of a text, where the file does not say.</param>
internal sealed record GgufSplit(IReadOnlyList<TextSplitter> Splitters, bool TakesWholePieces, bool AddsBeginOfText)
{
    /// <summary>The way of that name.</summary>
    /// <exception cref="PagedException">It is not known.</exception>
    public static GgufSplit Find(string? name, string path) => name switch
    {
        "llama-bpe" or "llama3" or "llama-v3" =>
            new([new TextSplitter(Llama3Vocabulary.Pieces())], TakesWholePieces: true, AddsBeginOfText: true),
        "smollm" => new([new TextSplitter(SplitPatterns.SingleDigits()), new TextSplitter(SplitPatterns.Gpt2())], false, false),
        "gpt-2" => new([new TextSplitter(SplitPatterns.Gpt2())], false, false),
        _ => throw new PagedException($"{path} sets 'tokenizer.ggml.pre' to {(name is null ? "nothing" : Quoted.Of(name))}, "
            + "expected 'llama-bpe', 'smollm' or 'gpt-2', the ways of cutting a text that are supported."),
    };
}
