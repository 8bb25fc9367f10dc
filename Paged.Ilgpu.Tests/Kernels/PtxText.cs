using System.Globalization;
using System.Text.RegularExpressions;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>What the text of every kernel must have, whatever device it is for.</summary>
internal static partial class PtxText
{
    /// <summary>Static shared memory of a group that ILGPU can ask for.</summary>
    public const int LargestSharedBytes = 48 << 10;

    /// <summary>What is wrong with a kernel's text, in sentences; empty where nothing is.</summary>
    /// <param name="ptx">The text.</param>
    /// <param name="approximates">Whether exponentials and reciprocals may be those that <see cref="Ilgpu.Kernels.Cuda.IMatrixUnit"/> speaks of.</param>
    public static IEnumerable<string> FaultsOf(string ptx, bool approximates = false)
    {
        if (Call().IsMatch(ptx))
            yield return "not everything is inlined";
        if (ptx.Contains(".local", StringComparison.Ordinal))
            yield return "something lies in memory that a register should hold";
        if (GenericAccess().IsMatch(ptx))
            yield return "an access does not say in which memory it is";
        if (Approximation().IsMatch(approximates ? OfMatrixUnit().Replace(ptx, "") : ptx))
            yield return "not as exact as the other backends: only the exponential may be approximated";
        int shared = SharedBytes().Matches(ptx).Sum(array => int.Parse(array.Groups["bytes"].ValueSpan, CultureInfo.InvariantCulture));
        if (shared > LargestSharedBytes)
            yield return $"{shared} bytes of shared memory; ILGPU can ask for {LargestSharedBytes}";
    }

    [GeneratedRegex(@"\bcall\b", RegexOptions.NonBacktracking)]
    private static partial Regex Call();

    [GeneratedRegex(@"\b(ld|st)\.(v[24]\.)?[busf]\d", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex GenericAccess();

    [GeneratedRegex(@"\.ftz\b|\b(div|sqrt|rcp|rsqrt)\.approx", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Approximation();

    [GeneratedRegex(@"\b(ex2|rcp)\.approx\.ftz\b", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex OfMatrixUnit();

    [GeneratedRegex(@"\.shared .*\[(?<bytes>\d+)\]", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex SharedBytes();
}
