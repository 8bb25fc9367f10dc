using System.CommandLine;
using System.Globalization;
using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>Reads the value of an option.</summary>
/// <returns>False where the text is none.</returns>
internal delegate bool ValueReader<T>(string text, out T? value);

/// <summary>
/// Options whose values are checked as the command line is read: what is wrong ends in one sentence with the option, the value and what
/// is expected.
/// </summary>
internal static class CheckedOption
{
    /// <summary>Any option with one value; without a default it is optional.</summary>
    public static Option<T> Create<T>(string name, string valueName, string description, string expected, ValueReader<T> read, params string[] aliases)
    {
        var option = new Option<T>(name, aliases) { Description = description, HelpName = valueName, Arity = ArgumentArity.ExactlyOne };
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (read(text, out T? value))
                return value;
            result.AddError($"The option {name} is \"{text}\"; expected is {expected}.");
            return default;
        };
        return option;
    }

    /// <summary>A whole number with a default.</summary>
    public static Option<int> Whole(string name, string description, int defaultValue, int min, int max = int.MaxValue)
    {
        Option<int> option = Create<int>(
            name, "N", description, Range(min, max), (text, out value) => int.TryParse(text, NumberStyles.AllowLeadingSign, null, out value) && value >= min && value <= max);
        option.DefaultValueFactory = _ => defaultValue;
        return option;
    }

    /// <summary>A whole number that may be absent.</summary>
    public static Option<int?> OptionalWhole(string name, string description, int min, params string[] aliases) => Create<int?>(
        name,
        "N",
        description,
        Range(min, int.MaxValue),
        (text, out value) =>
        {
            bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, null, out int number) && number >= min;
            value = number;
            return isNumber;
        },
        aliases);

    /// <summary>An amount of memory that may be absent.</summary>
    public static Option<long?> Size(string name, string description) => Create<long?>(
        name, "SIZE", description, MemorySize.Expected, (text, out value) =>
        {
            try
            {
                value = MemorySize.Parse(text).Bytes;
                return true;
            }
            catch (PagedException)
            {
                value = null;
                return false;
            }
        });

    /// <summary>One of a few words; the first is the default, and must stand for the type's own.</summary>
    public static Option<T> Choice<T>(string name, string description, params (string Word, T Value)[] choices)
    {
        string[] words = [.. choices.Select(choice => choice.Word)];
        return Create<T>(
            name,
            string.Join('|', words),
            $"{description} [default: {words[0]}]",
            string.Join(", ", words[..^1]) + " or " + words[^1],
            (text, out value) =>
            {
                int index = Array.IndexOf(words, text);
                value = index < 0 ? default : choices[index].Value;
                return index >= 0;
            });
    }

    private static string Range(int min, int max) => max == int.MaxValue ? $"a whole number, at least {min}" : $"a whole number from {min} to {max}";
}
