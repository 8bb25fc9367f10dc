using System.Text;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>A tokenizer of bytes and the given control tokens, whose ids can be read.</summary>
internal sealed class ShownTokenizer(params string[] control) : ITokenizer
{
    private readonly string[] _control = ["<BOS>", "<EOS>", .. control];

    public int VocabularySize => 256 + _control.Length;

    public int BeginOfTextId => 256;

    public IReadOnlyList<int> StopIds => [257];

    public int[] Encode(string text, bool addBeginOfText) =>
        [.. addBeginOfText ? [BeginOfTextId] : Array.Empty<int>(), .. Encoding.UTF8.GetBytes(text).Select(value => (int)value)];

    public bool TryGetSpecialId(string token, out int id)
    {
        id = 256 + Array.IndexOf(_control, token);
        return id >= 256;
    }

    public string Decode(ReadOnlySpan<int> ids) => Show(ids.ToArray().Where(id => id < 256));

    public ReadOnlySpan<byte> BytesOf(int id) => id < 256 ? new[] { (byte)id } : [];

    /// <summary>The text with its control tokens; one that is written as text shows with a gap.</summary>
    public string Show(IEnumerable<int> ids)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
            text.Append(id < 256 ? ((char)id).ToString() : _control[id - 256]);
        return text.ToString();
    }
}
