using System.Globalization;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

/// <summary>
/// The table of docs/cuda-kernels.md: what each kernel takes on each generation of devices. It is the budget that kernels are held to.
/// </summary>
internal static class KernelTable
{
    /// <summary>Generations that kernels are assembled for.</summary>
    public static readonly string[] Architectures = ["sm_80", "sm_86", "sm_89", "sm_90"];

    // Warps and shared memory of a multiprocessor of each, CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
    private static readonly int[] MostWarps = [64, 48, 48, 64];
    private static readonly int[] SharedKibibytes = [164, 100, 100, 228];

    private const string None = "none";
    private const int RegistersOfMultiprocessor = 65536;
    private const int SharedBytesKeptByTheDriver = 1024;

    /// <summary>The table's head.</summary>
    public static string Head =>
        $"| kernel | items | shared bytes | {string.Join(" | ", Architectures.Select(name => $"{name}: registers, warps"))} | stack, spills |\n"
        + $"|{string.Concat(Enumerable.Repeat("---|", Architectures.Length + 4))}";

    /// <summary>A kernel's line.</summary>
    /// <param name="name">The kernel.</param>
    /// <param name="groupSize">Items of a group.</param>
    /// <param name="assembled">One for each architecture; none where it is not for that.</param>
    public static string Line(string name, int groupSize, IReadOnlyList<Assembled?> assembled) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {groupSize} | {assembled.Max(kernel => kernel?.SharedBytes)} | {string.Join(" | ", assembled.Select((kernel, index) => kernel is null ? None : $"{kernel.Registers}, {Warps(kernel, groupSize, index)}"))} | {assembled.Max(kernel => kernel?.StackBytes)}, {assembled.Max(kernel => kernel?.SpilledBytes)} |");

    /// <summary>The lines of a table by kernel: the numbers of its cells, without the warps.</summary>
    public static Dictionary<string, int[]> Read(string path) => File.ReadLines(path)
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| kernel", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .ToDictionary(cells => cells[0], cells => cells[2..].Select(cell => cell == None ? 0 : int.Parse(cell.Split(',')[0], CultureInfo.InvariantCulture)).ToArray());

    // Registers are given to warps in units of 256.
    private static int Warps(Assembled kernel, int groupSize, int architecture)
    {
        int warpsOfGroup = groupSize / 32;
        int byRegisters = RegistersOfMultiprocessor / ((kernel.Registers * 32 + 255) / 256 * 256) / warpsOfGroup;
        int byShared = (SharedKibibytes[architecture] << 10) / (kernel.SharedBytes + SharedBytesKeptByTheDriver);
        return Math.Min(Math.Min(byRegisters, byShared) * warpsOfGroup, MostWarps[architecture] / warpsOfGroup * warpsOfGroup);
    }
}
