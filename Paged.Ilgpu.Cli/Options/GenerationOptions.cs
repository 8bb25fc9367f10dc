using System.CommandLine;
using System.Globalization;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>How answers are drawn and where they end.</summary>
internal sealed class GenerationOptions
{
    private readonly Option<int?> _maxTokens = CheckedOption.OptionalWhole(
        "--max-tokens", "Tokens of an answer, at most. [default: as many as the model's length and the KV cache have room for]", min: 1);

    private readonly Option<double> _temperature = CheckedOption.Create<double>(
        "--temperature",
        "T",
        "0, the likeliest token each time, is what is understood so far.",
        "0, as other temperatures are not understood yet",
        (text, out value) => double.TryParse(text, NumberStyles.Float, null, out value) && value == 0);

    private readonly Option<bool> _ignoreEos = new("--ignore-eos") { Description = "Go on where the model would end its answer." };

    public void AddTo(Command command)
    {
        command.Add(_maxTokens);
        command.Add(_temperature);
        command.Add(_ignoreEos);
    }

    /// <summary>Null where the answer may take all the room there is.</summary>
    public int? MaxTokens(ParseResult options) => options.GetValue(_maxTokens);

    public bool IgnoreEos(ParseResult options) => options.GetValue(_ignoreEos);
}
