using System.CommandLine;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>In what order a run writes its answers, and whether it goes on where an earlier one ended.</summary>
internal sealed class ContinuationOptions
{
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Keep the answers that the output file (-o) has, and answer the other requests.",
    };

    private readonly Option<bool> _unordered = new("--unordered")
    {
        Description = "Write each answer as soon as it is there, not in the order of the requests.",
    };

    public void AddTo(Command command, Option outputFile)
    {
        command.Add(_resume);
        command.Add(_unordered);
        command.Validators.Add(verb =>
        {
            if (verb.GetValue(_resume) && verb.GetResult(outputFile) is null)
                verb.AddError($"The option --resume goes on with an output file; expected is {outputFile.Name} beside it.");
        });
    }

    public bool IsUnordered(ParseResult options) => options.GetValue(_unordered);

    public bool IsResumed(ParseResult options) => options.GetValue(_resume);

    /// <summary>What of the requests an earlier run has answered; none where this run begins anew.</summary>
    /// <exception cref="PagedException">The output file is that of other requests.</exception>
    public EarlierRun Read(ParseResult options, FileStream? output, IRequestSource requests)
    {
        if (!IsResumed(options))
            return EarlierRun.None;
        var names = RequestNames.Of(requests.Keys(), requests.Count);
        (long wholeBytes, bool isInOrder) = EarlierAnswers.Read(output!.SafeFileHandle, output.Name, names);
        return new EarlierRun(names) { WholeBytes = wholeBytes, IsInOrder = isInOrder };
    }
}
