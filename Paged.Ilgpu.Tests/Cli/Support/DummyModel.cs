using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tests.Tokenization;

namespace Paged.Ilgpu.Tests.Cli.Support;

/// <summary>
/// A folder for `--load-format dummy`: a small model of 64 positions, and a vocabulary whose ids are bytes, so that prompts have as many
/// tokens as letters, and one more that begins them.
/// </summary>
internal sealed class DummyModel : IDisposable
{
    private readonly TestFolder _folder = new();

    public DummyModel()
    {
        _folder.Write(
            "params.json",
            """{"dim": 16, "n_layers": 1, "n_heads": 2, "n_kv_heads": 1, "multiple_of": 8, "norm_eps": 1e-5, "max_seq_len": 64}""");
        _folder.Write("tokenizer.model", SmallVocabulary.Tiktoken());
    }

    public string Path => _folder.Path;

    /// <summary>The path of a file beside the model.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Writes a file of prompts, one a line.</summary>
    public string WritePrompts(params string[] prompts) => _folder.Write("prompts.txt", string.Join('\n', prompts));

    public void Dispose() => _folder.Dispose();
}
