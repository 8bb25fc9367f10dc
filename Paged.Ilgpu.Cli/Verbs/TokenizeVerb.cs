using System.CommandLine;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged tokenize</c>: text to token ids and back.</summary>
internal sealed class TokenizeVerb
{
    private readonly ModelFolderOption _model = new();

    private readonly Argument<string?> _text = new("text") { Description = "The text to encode.", Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<int[]> _ids = new("--decode")
    {
        Description = "Token ids to decode, instead.",
        HelpName = "ID",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> _noBegin = new("--no-bos") { Description = "Do not begin with the id that begins a sequence." };

    public static Command Build()
    {
        var verb = new TokenizeVerb();
        var command = new Command("tokenize", "Show a text's token ids, or the text of token ids.")
        {
            verb._text,
            verb._ids,
            verb._noBegin,
        };
        verb._model.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(verb._text)?.Tokens.Count is null or 0 == result.GetResult(verb._ids) is null)
                result.AddError("Expected is either a text or token ids (--decode ID ...).");
        });
        command.SetVerb(verb.Tokenize);
        return command;
    }

    private int Tokenize(ParseResult options)
    {
        ITokenizer tokenizer = TokenizerFile.Open(_model.Read(options));
        TextWriter output = options.InvocationConfiguration.Output;
        if (options.GetValue(_text) is { } text)
        {
            output.WriteLine(string.Join(' ', tokenizer.Encode(text, addBeginOfText: !options.GetValue(_noBegin))));
            return CommandLine.Success;
        }

        int[] ids = options.GetRequiredValue(_ids);
        foreach (int id in ids)
        {
            if (id < 0 || id >= tokenizer.VocabularySize)
                throw new PagedException($"A token id (--decode) is {id}; expected is one from 0 to {tokenizer.VocabularySize - 1}.");
        }

        output.WriteLine(tokenizer.Decode(ids));
        return CommandLine.Success;
    }
}
