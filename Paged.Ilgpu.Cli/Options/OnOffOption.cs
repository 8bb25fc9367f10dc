using System.CommandLine;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>A pair of options <c>--name</c> and <c>--no-name</c>, as this field's command lines have them.</summary>
internal sealed class OnOffOption(string name, string description, bool defaultValue)
{
    private readonly Option<bool> _on = new($"--{name}") { Description = $"{description} [default: {(defaultValue ? "on" : "off")}]" };
    private readonly Option<bool> _off = new($"--no-{name}") { Description = "The contrary." };

    public void AddTo(Command command)
    {
        command.Add(_on);
        command.Add(_off);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_on) is not null && result.GetResult(_off) is not null)
                result.AddError($"The options {_on.Name} and {_off.Name} contradict each other; expected is one of them.");
        });
    }

    public bool Read(ParseResult options) => defaultValue ? !options.GetValue(_off) : options.GetValue(_on);
}
