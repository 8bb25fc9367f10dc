using System.Globalization;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

/// <summary>
/// The table of docs/cuda-kernels.md: what each kernel takes on the oldest generation of devices and on the newest. It is the budget that kernels
/// are held to.
/// </summary>
internal static class KernelTable
{
    // CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
    private static readonly Multiprocessor Oldest = new(MostWarps: 64, SharedKibibytes: 164); // sm_80
    private static readonly Multiprocessor Between = new(MostWarps: 48, SharedKibibytes: 100); // sm_86 and sm_89
    private static readonly Multiprocessor Newest = new(MostWarps: 64, SharedKibibytes: 228); // sm_90

    private const string None = "none";
    private const int RegistersOfMultiprocessor = 65536;
    private const int SharedBytesKeptByTheDriver = 1024;

    /// <summary>The table's head.</summary>
    public static string Head =>
        "| kernel | items | shared bytes | sm_80: registers, warps, warps of sm_86 and sm_89 | sm_90: registers, warps | stack, spills |\n"
        + $"|{string.Concat(Enumerable.Repeat("---|", 6))}";

    /// <summary>A kernel's line.</summary>
    /// <param name="name">The kernel.</param>
    /// <param name="groupSize">Items of a group.</param>
    /// <param name="oldest">What it takes on sm_80; null where it is not for that.</param>
    /// <param name="newest">What it takes on sm_90.</param>
    public static string Line(string name, int groupSize, Assembled? oldest, Assembled newest)
    {
        string old = oldest is null ? None : $"{oldest.Registers}, {Oldest.Warps(oldest, groupSize)}, {Between.Warps(oldest, groupSize)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {groupSize} | {Math.Max(oldest?.SharedBytes ?? 0, newest.SharedBytes)} | {old} | {newest.Registers}, {Newest.Warps(newest, groupSize)} | {Math.Max(oldest?.StackBytes ?? 0, newest.StackBytes)}, {Math.Max(oldest?.SpilledBytes ?? 0, newest.SpilledBytes)} |");
    }

    /// <summary>The lines of a table by kernel: the numbers of its cells, without the warps.</summary>
    public static Dictionary<string, int[]> Read(string path) => File.ReadLines(path)
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| kernel", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .ToDictionary(cells => cells[0], cells => cells[2..].Select(cell => cell == None ? 0 : int.Parse(cell.Split(',')[0], CultureInfo.InvariantCulture)).ToArray());

    private sealed record Multiprocessor(int MostWarps, int SharedKibibytes)
    {
        // Registers are given to warps in units of 256.
        public int Warps(Assembled kernel, int groupSize)
        {
            int warpsOfGroup = groupSize / 32;
            int byRegisters = RegistersOfMultiprocessor / ((kernel.Registers * 32 + 255) / 256 * 256) / warpsOfGroup;
            int byShared = (SharedKibibytes << 10) / (kernel.SharedBytes + SharedBytesKeptByTheDriver);
            return Math.Min(Math.Min(byRegisters, byShared) * warpsOfGroup, MostWarps / warpsOfGroup * warpsOfGroup);
        }
    }
}
