using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>What a kernel takes of a multiprocessor once it is assembled.</summary>
/// <param name="Registers">Registers of an item.</param>
/// <param name="SharedBytes">Static shared memory of a group.</param>
/// <param name="StackBytes">Memory of an item for what no register could hold.</param>
/// <param name="SpilledBytes">Bytes stored to and loaded from it because registers ran out.</param>
/// <param name="Loss">What ptxas says of lost performance, such as products of warpgroups that wait for each other; empty where it says nothing.</param>
internal sealed record Assembled(int Registers, int SharedBytes, int StackBytes, int SpilledBytes, string Loss);

/// <summary>NVIDIA's assembler and disassembler, from the folder that the environment's PAGED_PTXAS names; .ci/ptxas fetches them.</summary>
internal sealed partial class Ptxas : IDisposable
{
    private const string FolderVariable = "PAGED_PTXAS";

    private readonly string _tools;
    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("paged-ptxas");

    private Ptxas(string tools) => _tools = tools;

    /// <summary>Finds the tools; the test is skipped where the environment names none.</summary>
    public static Ptxas Find()
    {
        string? folder = Environment.GetEnvironmentVariable(FolderVariable);
        if (string.IsNullOrEmpty(folder))
            Assert.Ignore($"{FolderVariable} names no folder with ptxas and nvdisasm; .ci/ptxas prints one");
        return new Ptxas(folder!);
    }

    /// <summary>Assembles one kernel.</summary>
    /// <param name="ptx">A module with one entry.</param>
    /// <param name="architecture">Such as sm_90.</param>
    /// <param name="isListed">Whether the instructions are wanted too.</param>
    /// <param name="instructions">The instructions where they are, else empty.</param>
    public Assembled Assemble(string ptx, string architecture, bool isListed, out string instructions)
    {
        string name = Path.Combine(_work.FullName, Path.GetRandomFileName());
        File.WriteAllText(name, ptx);
        string report = Run("ptxas", "-v", $"-arch={architecture}", "-o", name + ".cubin", name);
        instructions = isListed ? Run("nvdisasm", "-c", name + ".cubin") : "";
        File.Delete(name);
        File.Delete(name + ".cubin");
        return new Assembled(
            Number(Registers().Match(report)),
            Shared().Match(report) is { Success: true } shared ? Number(shared) : 0,
            Stack().Matches(report).Sum(Number),
            Spills().Matches(report).Sum(Number),
            Loss().Match(report).Value);
    }

    public void Dispose() => _work.Delete(recursive: true);

    private static int Number(Match match) => int.Parse(match.Groups["n"].ValueSpan);

    private string Run(string tool, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(_tools, tool), arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{tool}: {output}");
        return output;
    }

    [GeneratedRegex(@"Used (?<n>\d+) registers", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Registers();

    [GeneratedRegex(@"(?<n>\d+) bytes smem", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Shared();

    [GeneratedRegex(@"(?<n>\d+) bytes stack frame", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Stack();

    [GeneratedRegex(@"(?<n>\d+) bytes spill", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Spills();

    [GeneratedRegex("Potential Performance Loss: .*", RegexOptions.NonBacktracking)]
    private static partial Regex Loss();
}
