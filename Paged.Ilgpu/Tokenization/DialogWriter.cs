using System.Text;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Puts a dialog's ids together. Control tokens are set by number, and text between two of them is encoded as one, so that nothing that a
/// user writes becomes control and words are split as in the whole text.
/// </summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="format">Names the format in errors.</param>
internal sealed class DialogWriter(ITokenizer tokenizer, string format)
{
    private readonly List<int> _ids = [];
    private readonly StringBuilder _text = new();

    /// <summary>The id that begins a sequence.</summary>
    public DialogWriter Begin() => Append(tokenizer.BeginOfTextId);

    /// <summary>The id that ends a text, by the tokenizer.</summary>
    public DialogWriter End() => Append(tokenizer.StopIds[0]);

    /// <summary>A control token.</summary>
    /// <exception cref="PagedException">The tokenizer does not have it.</exception>
    public DialogWriter Control(string token) => Append(IdOf(token));

    /// <summary>A mark that is a control token in some vocabularies and text in others.</summary>
    public DialogWriter Mark(string token) => tokenizer.TryGetSpecialId(token, out int id) ? Append(id) : Text(token);

    /// <summary>Plain text.</summary>
    public DialogWriter Text(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>All ids so far.</summary>
    public int[] ToIds()
    {
        EncodeText();
        return [.. _ids];
    }

    private DialogWriter Append(int id)
    {
        EncodeText();
        _ids.Add(id);
        return this;
    }

    private void EncodeText()
    {
        if (_text.Length == 0)
            return;
        _ids.AddRange(_ids.Count == 0
            ? tokenizer.Encode(_text.ToString(), addBeginOfText: false)
            : tokenizer.EncodeContinuation(_text.ToString()));
        _text.Clear();
    }

    private int IdOf(string token) => tokenizer.TryGetSpecialId(token, out int id)
        ? id
        : throw new PagedException(
            $"{format}'s chat format needs the special token {token}, which this model's tokenizer does not have; try --chat-template none.");
}
