namespace Paged.Ilgpu.Cli.Input;

/// <summary>How a request wants its answer written.</summary>
/// <param name="IsChat">As a message of a chat; otherwise as a text.</param>
/// <param name="ShowsSpecialTokens">Whether special tokens are part of the text.</param>
/// <param name="ReturnsTokenIds">Whether the answer's ids are written beside its text.</param>
internal sealed record AnswerForm(bool IsChat = false, bool ShowsSpecialTokens = false, bool ReturnsTokenIds = false)
{
    public static AnswerForm Default { get; } = new();
}
