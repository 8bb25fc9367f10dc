using System.CommandLine;
using System.CommandLine.Parsing;
using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>Which prompts are answered, and how they are put to the model.</summary>
internal sealed class PromptOptions
{
    private readonly Option<string?> _inputFile = new("--input-file", "-i")
    {
        Description = "The requests: OpenAI batch .jsonl, ShareGPT .json, or .txt with one prompt a line; - for standard input. "
            + "[default: the demo model's 200 questions]",
        HelpName = "FILE",
    };

    private readonly Option<string?>? _prompt;

    private readonly Option<int?> _count = CheckedOption.OptionalWhole(
        "--num-requests", "Prompts of the file to answer, from its first. [default: all]", min: 1, "-n");

    private readonly Option<ChatTemplateKind> _chatTemplate = CheckedOption.Choice(
        "--chat-template",
        "Put a prompt as a turn of such a dialog, or as a text to continue; auto: as the checkpoint says.",
        ("auto", ChatTemplateKind.Auto),
        ("llama3", ChatTemplateKind.Llama3),
        ("llama2", ChatTemplateKind.Llama2),
        ("chatml", ChatTemplateKind.ChatMl),
        ("zephyr", ChatTemplateKind.Zephyr),
        ("none", ChatTemplateKind.None));

    private readonly Option<string?> _system = new("--system")
    {
        Description = "A system turn before each prompt of a dialog.",
        HelpName = "TEXT",
    };

    private readonly Option<int?> _truncate = CheckedOption.OptionalWhole(
        "--truncate-prompt-tokens", "Keep the last N tokens of a longer prompt.", min: 1);

    private readonly RequestOptions _requests;

    /// <param name="takesPrompt">Whether one prompt may be given in place of a file.</param>
    /// <param name="answers">Whether prompts are answered; a plan only counts them.</param>
    public PromptOptions(bool takesPrompt, bool answers = true)
    {
        _requests = new RequestOptions(answers);
        if (takesPrompt)
            _prompt = new Option<string?>("--prompt") { Description = "A single prompt in place of a file.", HelpName = "TEXT" };
    }

    public void AddTo(Command command)
    {
        command.Add(_inputFile);
        if (_prompt is not null)
            command.Add(_prompt);
        foreach (Option option in (Option[])[_count, _chatTemplate, _system, _truncate])
            command.Add(option);
        _requests.AddTo(command);
        command.Validators.Add(Validate);
    }

    /// <summary>The file of prompts; null where one is given by itself. The one place that decides which it is.</summary>
    public string? InputFile(ParseResult options) =>
        HasPrompt(options.CommandResult) ? null : options.GetValue(_inputFile) ?? DemoModelFolder.Installed.Prompts;

    /// <summary>Opens the requests: the file is read once, from begin to end.</summary>
    /// <exception cref="PagedException">The file is not as it must be.</exception>
    public IRequestSource Open(ParseResult options)
    {
        if (InputFile(options) is not { } path)
            return new ListedRequests([new PromptRequest(0, options.GetRequiredValue(_prompt!)!)]);
        if (options.GetValue(_inputFile) is null)
            DemoModelFolder.Installed.Checked();
        return _requests.Open(options, path, options.GetValue(_count) ?? int.MaxValue);
    }

    /// <summary>What answers call the model.</summary>
    public string NameOf(ParseResult options, LoadedModel model) => _requests.NameOf(options, model);

    /// <summary>What requests are read for.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="model">The model.</param>
    /// <param name="defaults">How answers are drawn where a request does not say.</param>
    public ServedModel ModelFor(ParseResult options, LoadedModel model, SamplingOptions defaults) =>
        _requests.ModelFor(options, model, defaults);

    /// <summary>Decides how prompts become token ids.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="model">The model.</param>
    /// <param name="maxModelLength">Tokens of prompt and answer together.</param>
    /// <exception cref="PagedException">The checkpoint's dialog is not known, or has no place for the system turn that is asked for.</exception>
    public PromptEncoder Encoder(ParseResult options, LoadedModel model, int maxModelLength) =>
        Encoder(options, model.TokenizerPlace, model.Tokenizer, maxModelLength);

    /// <inheritdoc cref="Encoder(ParseResult, LoadedModel, int)"/>
    public PromptEncoder Encoder(ParseResult options, string modelFolder, ITokenizer tokenizer, int maxModelLength) => new PromptEncoder(
        ChatFormat.For(options.GetValue(_chatTemplate), modelFolder, tokenizer),
        tokenizer,
        options.GetValue(_system),
        options.GetValue(_truncate))
    {
        MaxModelLength = maxModelLength,
    }.Checked();

    private bool HasPrompt(CommandResult verb) => _prompt is not null && verb.GetResult(_prompt) is not null;

    private void Validate(CommandResult verb)
    {
        if (!HasPrompt(verb))
            return;
        if (verb.GetResult(_inputFile) is not null)
            verb.AddError("Expected is either a file of prompts (-i FILE) or one prompt (--prompt TEXT).");
        else if (verb.GetResult(_count) is not null)
            verb.AddError($"The option {_count.Name} is for a file of prompts; expected is none with --prompt.");
    }
}
