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
    /// <summary>Any option with one value; it may be absent.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="valueName">What stands for its value in the help.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="expected">Which values it takes, for whoever gave another.</param>
    /// <param name="read">Reads a value.</param>
    /// <param name="aliases">Other names.</param>
    public static Option<T> Create<T>(
        string name, string valueName, string description, string expected, ValueReader<T> read, params string[] aliases) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = valueName,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (read(text, out T? value))
                    return value;
                result.AddError($"The option {name} is \"{text}\"; expected is {expected}.");
                return default;
            },
        };

    /// <summary>The option with a value for where it is absent.</summary>
    public static Option<T> WithDefault<T>(this Option<T> option, T defaultValue)
    {
        option.DefaultValueFactory = _ => defaultValue;
        return option;
    }

    /// <summary>A whole number with a default.</summary>
    public static Option<int> Whole(string name, string description, int defaultValue, int min) =>
        Create<int>(name, "N", description, AtLeast(min), (text, out value) => IsWhole(text, min, out value)).WithDefault(defaultValue);

    /// <summary>A whole number that may be absent.</summary>
    public static Option<int?> OptionalWhole(string name, string description, int min, params string[] aliases) => Create<int?>(
        name,
        "N",
        description,
        AtLeast(min),
        (text, out value) =>
        {
            bool isWhole = IsWhole(text, min, out int number);
            value = number;
            return isWhole;
        },
        aliases);

    /// <summary>A number with a default.</summary>
    public static Option<double> Number(string name, string description, double defaultValue, string expected, Func<double, bool> isInRange) =>
        Create<double>(
            name,
            "X",
            description,
            expected,
            (text, out value) => double.TryParse(text, NumberStyles.Float, provider: null, out value) && isInRange(value))
        .WithDefault(defaultValue);

    /// <summary>An option that may be given many times, with one value each time.</summary>
    public static Option<T[]> Repeated<T>(
        string name, string valueName, string description, string expected, ValueReader<T> read) => new(name)
        {
            Description = description,
            HelpName = valueName,
            Arity = ArgumentArity.OneOrMore,
            CustomParser = result =>
            {
                var values = new List<T>();
                foreach (string text in result.Tokens.Select(token => token.Value))
                {
                    if (read(text, out T? value))
                        values.Add(value!);
                    else
                        result.AddError($"The option {name} is \"{text}\"; expected is {expected}.");
                }

                return [.. values];
            },
        };

    /// <summary>Reads a token id.</summary>
    public static bool IsId(string text, out int id) => int.TryParse(text, NumberStyles.None, provider: null, out id);

    /// <summary>An amount of memory that may be absent.</summary>
    public static Option<long?> Size(string name, string description) => Create<long?>(
        name,
        "SIZE",
        description,
        MemorySize.Expected,
        (text, out value) =>
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
            $"{string.Join(", ", words[..^1])} or {words[^1]}",
            (text, out value) =>
            {
                int index = Array.IndexOf(words, text);
                value = index < 0 ? default : choices[index].Value;
                return index >= 0;
            });
    }

    private static string AtLeast(int min) => $"a whole number, at least {min}";

    private static bool IsWhole(string text, int min, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, provider: null, out number) && number >= min;
}
