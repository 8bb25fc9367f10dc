using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>What a request puts to the model.</summary>
internal abstract record RequestPrompt
{
    /// <summary>What a person is shown of it.</summary>
    public abstract string Display { get; }

    // A file of prompts has texts in it, and a test writes them down.
    public static implicit operator RequestPrompt(string text) => new UserPrompt(text);
}

/// <summary>A text by itself, which the checkpoint's chat format decides about: a user's turn, or a text to continue.</summary>
internal sealed record UserPrompt(string Text) : RequestPrompt
{
    public override string Display => Text;
}

/// <summary>A text to continue, also by a model with a chat format.</summary>
internal sealed record TextPrompt(string Text) : RequestPrompt
{
    public override string Display => Text;
}

/// <summary>Token ids as they stand; no id that begins a text is put before them.</summary>
internal sealed record TokenPrompt(int[] Ids) : RequestPrompt
{
    public override string Display => $"{Ids.Length} token ids";
}

/// <summary>A dialog that waits for the assistant's turn.</summary>
internal sealed record DialogPrompt(IReadOnlyList<ChatTurn> Turns) : RequestPrompt
{
    public override string Display => Turns[^1].Text;
}
