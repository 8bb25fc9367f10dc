namespace Paged.Ilgpu.Config;

/// <summary>
/// The keys and values of one configuration, read by type and range. It remembers which keys were asked for, so that what nobody
/// understood can be refused: an ignored key that changes the arithmetic gives wrong answers without a word.
/// </summary>
/// <param name="origin">What error messages call the configuration: the path of its file.</param>
/// <param name="values">Text, whole numbers (long), fractions (double), bool, null, lists, or dictionaries.</param>
internal sealed class ConfigValues(string origin, IReadOnlyDictionary<string, object?> values)
{
    private readonly HashSet<string> _understood = [];

    /// <summary>What error messages call the configuration.</summary>
    public string Origin => origin;

    /// <summary>True where the key is there, if only with a null.</summary>
    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>A whole number from <paramref name="minimum"/> to <paramref name="maximum"/> that must be there.</summary>
    public int Int(string key, int minimum, int maximum) =>
        OptionalInt(key, minimum, maximum)
        ?? throw new PagedException($"{origin} has no '{key}', which must be a whole number from {minimum} to {maximum}.");

    /// <summary>A whole number in a range, or null where the key is absent or null.</summary>
    public int? OptionalInt(string key, int minimum, int maximum) => Take(key) switch
    {
        null => null,
        long number when number >= minimum && number <= maximum => (int)number,
        object other => throw Unexpected(key, other, $"a whole number from {minimum} to {maximum}"),
    };

    /// <summary>A number above zero, or null where the key is absent or null.</summary>
    public double? OptionalPositive(string key)
    {
        object? value = Take(key);
        double? number = value switch { null => null, long whole => whole, double fraction => fraction, _ => double.NaN };
        return number is null || (number > 0 && double.IsFinite(number.Value)) ? number : throw Unexpected(key, value!, "a number above 0");
    }

    /// <summary>A number from <paramref name="minimum"/> to <paramref name="maximum"/>, or null where the key is absent or null.</summary>
    public double? OptionalNumber(string key, double minimum, double maximum)
    {
        object? value = Take(key);
        double? number = value switch { null => null, long whole => whole, double fraction => fraction, _ => double.NaN };
        return number is null || (number >= minimum && number <= maximum)
            ? number
            : throw Unexpected(key, value!, minimum == double.Epsilon ? $"a number above 0, at most {maximum}" : $"a number from {minimum} to {maximum}");
    }

    /// <summary>True or false, or null where the key is absent or null.</summary>
    public bool? OptionalBool(string key) => Take(key) switch
    {
        null => null,
        bool value => value,
        object other => throw Unexpected(key, other, "true or false"),
    };

    /// <summary>A text, or null where the key is absent or null.</summary>
    public string? OptionalText(string key) => Take(key) switch
    {
        null => null,
        string value => value,
        object other => throw Unexpected(key, other, "a text"),
    };

    /// <summary>A list of texts; empty where the key is absent or null.</summary>
    public IReadOnlyList<string> Texts(string key) => Take(key) switch
    {
        null => [],
        IReadOnlyList<object?> list when list.All(item => item is string) => [.. list.Cast<string>()],
        object other => throw Unexpected(key, other, "a list of texts"),
    };

    /// <summary>An object whose values are texts; empty where the key is absent or null.</summary>
    public IReadOnlyDictionary<string, string> TextByName(string key) => Take(key) switch
    {
        null => new Dictionary<string, string>(),
        IReadOnlyDictionary<string, object?> inner when inner.Values.All(value => value is string) =>
            inner.ToDictionary(entry => entry.Key, entry => (string)entry.Value!),
        object other => throw Unexpected(key, other, "an object of texts"),
    };

    /// <summary>One token id or a list of them; empty where the key is absent or null.</summary>
    public IReadOnlyList<int> TokenIds(string key) => Take(key) switch
    {
        null => [],
        long id when IsTokenId(id) => [(int)id],
        IReadOnlyList<object?> list when list.All(item => item is long id && IsTokenId(id)) => [.. list.Select(item => (int)(long)item!)],
        object other => throw Unexpected(key, other, "a token id or a list of token ids"),
    };

    /// <summary>True where the key's value is an object.</summary>
    public bool IsObject(string key) => values.GetValueOrDefault(key) is IReadOnlyDictionary<string, object?>;

    /// <summary>An object inside this one, or null where the key is absent or null.</summary>
    public ConfigValues? OptionalObject(string key) => Take(key) switch
    {
        null => null,
        IReadOnlyDictionary<string, object?> inner => new ConfigValues($"'{key}' of {origin}", inner),
        object other => throw Unexpected(key, other, "an object"),
    };

    /// <summary>Refuses every value of a key but the one that this program computes; absent and null say nothing.</summary>
    public void AcceptOnly(string key, object understood)
    {
        if (Take(key) is object value && !value.Equals(understood))
            throw Unexpected(key, value, $"{Show(understood)}, the only value supported");
    }

    /// <summary>Refuses the keys that were neither read nor known to leave the arithmetic alone. A null says nothing and passes.</summary>
    public void RefuseUnknownKeys(IReadOnlySet<string> harmless)
    {
        foreach ((string key, object? value) in values)
        {
            if (value is not null && !_understood.Contains(key) && !harmless.Contains(key))
            {
                throw new PagedException($"{origin} sets {Quoted.Of(key)} to {Show(value)}, "
                    + "which is not understood and could change the model's answers.");
            }
        }
    }

    /// <summary>The error for a value that is not what its key wants.</summary>
    public PagedException Unexpected(string key, object value, string expected) =>
        new($"{origin} sets {Quoted.Of(key)} to {Show(value)}, expected {expected}.");

    private object? Take(string key)
    {
        _understood.Add(key);
        return values.GetValueOrDefault(key);
    }

    private static bool IsTokenId(long id) => id is >= 0 and <= int.MaxValue;

    private static string Show(object value) => value switch
    {
        bool truth => truth ? "true" : "false",
        string text => Quoted.Of(text),
        long or int or double => value.ToString()!,
        IReadOnlyList<object?> => "a list",
        IReadOnlyDictionary<string, object?> => "an object",
        _ => "a value of another kind",
    };
}
