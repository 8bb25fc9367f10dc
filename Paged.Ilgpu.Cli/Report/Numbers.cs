using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>Numbers as reports show them.</summary>
internal static class Numbers
{
    /// <summary>With a number of decimals, and so many more that a small number still shows two digits.</summary>
    public static string Decimal(double value, int decimals)
    {
        bool vanishes = value > 0 && value < Math.Pow(10, -decimals);
        int needed = vanishes ? (int)Math.Ceiling(-Math.Log10(value)) + 1 : decimals;
        return value.ToString($"N{Math.Min(needed, 12)}");
    }

    /// <summary>A count, or an average of counts.</summary>
    public static string Count(double value) => value.ToString(value == Math.Truncate(value) ? "N0" : "N1");

    /// <summary>A share of 1 as a percentage.</summary>
    public static string Percent(double share) => share == 0 ? "0%" : $"{Decimal(100 * share, 1)}%";

    public static string Bytes(double bytes) => new MemorySize((long)bytes).ToString();
}
