using System.CommandLine;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>Files that a verb writes; each is opened before anything is loaded.</summary>
/// <param name="traces">Whether the verb can write the events of the cache.</param>
internal sealed class OutputOptions(bool traces)
{
    private readonly Option<string?> _outputFile = new("--output-file", "-o")
    {
        Description = "Write the answers to this file, as lines of OpenAI batch output (.jsonl).",
        HelpName = "FILE",
    };

    private readonly Option<bool> _returnTokenIds = new("--return-token-ids") { Description = "Write the ids of answers, too." };

    private readonly Option<string?> _summaryFile = new("--summary-json")
    {
        Description = "Write the figures of the summary to this file.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _reportFile = new("--report")
    {
        Description = "Write a page to this file (.html), to look at in a browser: throughput, memory block by block, requests, figures.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _traceFile = new("--cache-trace")
    {
        Description = "Write every event of the KV cache to this file (.jsonl): who takes, shares, copies, swaps and frees which block, by step.",
        HelpName = "FILE",
    };

    /// <summary>The option for the file of answers.</summary>
    public Option OutputFileOption => _outputFile;

    public void AddTo(Command command)
    {
        command.Add(_outputFile);
        command.Add(_returnTokenIds);
        AddSummaryTo(command);
        command.Add(_reportFile);
        if (traces)
            command.Add(_traceFile);
    }

    /// <summary>For a verb that answers nothing.</summary>
    public void AddSummaryTo(Command command) => command.Add(_summaryFile);

    /// <summary>The path of the file of answers; null where there is none.</summary>
    public string? OutputPath(ParseResult options) => options.GetValue(_outputFile);

    public bool ReturnTokenIds(ParseResult options) => options.GetValue(_returnTokenIds);

    /// <summary>The file of answers; null where there is none.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="inputFile">The file of prompts, which must be another one.</param>
    /// <param name="isResumed">Whether what it holds is read first.</param>
    /// <exception cref="PagedException">It cannot be written.</exception>
    public FileStream? OpenOutput(ParseResult options, string? inputFile, bool isResumed = false) =>
        Open(options.GetValue(_outputFile), inputFile, isResumed);

    /// <inheritdoc cref="OpenOutput"/>
    public FileStream? OpenSummary(ParseResult options, string? inputFile) => Open(options.GetValue(_summaryFile), inputFile);

    /// <inheritdoc cref="OpenOutput"/>
    public FileStream? OpenReport(ParseResult options, string? inputFile) => Open(options.GetValue(_reportFile), inputFile);

    /// <inheritdoc cref="OpenOutput"/>
    public FileStream? OpenTrace(ParseResult options, string? inputFile) => Open(options.GetValue(_traceFile), inputFile);

    /// <summary>A file that is to be written; null where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="inputFile">A file that is read, which must be another one.</param>
    /// <param name="isResumed">Whether what it holds is read first.</param>
    /// <exception cref="PagedException">It cannot be written.</exception>
    public static FileStream? Open(string? path, string? inputFile, bool isResumed = false)
    {
        if (path is null)
            return null;
        if (inputFile is not null && Path.GetFullPath(path) == Path.GetFullPath(inputFile))
            throw new PagedException($"The output file {path} is the file of prompts; expected is another one.");
        return OutputFile.Open(path, isResumed);
    }
}
