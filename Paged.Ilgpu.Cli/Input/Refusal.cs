namespace Paged.Ilgpu.Cli.Input;

/// <summary>Why a request cannot be served, in the words of OpenAI's errors.</summary>
/// <param name="Code">A short name of the reason, such as <c>context_length_exceeded</c>.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Field">The field of the request's body that it is about, where there is one.</param>
/// <param name="StatusCode">What a server would answer: 400, or 404 for what it does not have.</param>
internal sealed record Refusal(string Code, string Message, string? Field = null, int StatusCode = 400);

/// <summary>Ends the reading of a request that cannot be served; caught where the request's line is written.</summary>
internal sealed class RefusalException(Refusal refusal) : Exception(refusal.Message)
{
    public Refusal Refusal => refusal;
}
