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
    private const int InstructionBytes = 16;

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
    /// <param name="code">Its machine code, for <see cref="Disassemble"/>.</param>
    public Assembled Assemble(string ptx, string architecture, out byte[] code)
    {
        string name = Path.Combine(_work.FullName, Path.GetRandomFileName());
        File.WriteAllText(name, ptx);
        string report = Run("ptxas", "-v", $"-arch={architecture}", "-o", name + ".cubin", name);
        code = Cubin.CodeOf(File.ReadAllBytes(name + ".cubin"));
        File.Delete(name);
        File.Delete(name + ".cubin");
        return new Assembled(
            Number(Registers().Match(report)),
            Shared().Match(report) is { Success: true } shared ? Number(shared) : 0,
            Stack().Matches(report).Sum(Number),
            Spills().Matches(report).Sum(Number),
            Loss().Match(report).Value);
    }

    /// <summary>The instructions of many kernels, in one run: nvdisasm takes half a second to start, and a twentieth of one for a kernel.</summary>
    /// <param name="architecture">What they were assembled for.</param>
    /// <param name="codes">The machine code of each.</param>
    public string[] Disassemble(string architecture, IReadOnlyList<byte[]> codes)
    {
        string name = Path.Combine(_work.FullName, Path.GetRandomFileName());
        File.WriteAllBytes(name, [.. codes.SelectMany(code => code)]);
        string listing = Run("nvdisasm", "--binary", $"SM{architecture["sm_".Length..]}", "--no-dataflow", name);
        File.Delete(name);
        MatchCollection instructions = Instruction().Matches(listing);
        Assert.That(instructions, Has.Count.EqualTo(codes.Sum(code => code.Length) / InstructionBytes), "nvdisasm lists every instruction");
        int first = 0;
        return [.. codes.Select(code =>
        {
            int count = code.Length / InstructionBytes;
            string own = string.Join('\n', instructions.Skip(first).Take(count).Select(instruction => instruction.Value));
            first += count;
            return own;
        })];
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

    [GeneratedRegex(@"/\*[0-9a-f]+\*/.*;", RegexOptions.NonBacktracking)]
    private static partial Regex Instruction();

    [GeneratedRegex("Potential Performance Loss: .*", RegexOptions.NonBacktracking)]
    private static partial Regex Loss();
}
