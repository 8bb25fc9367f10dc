using System.Collections.Concurrent;
using ILGPU.Runtime.Cuda;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

/// <summary>
/// Every kernel that a CUDA device is given by default, assembled for the oldest generation of devices and the newest on a machine with none: its
/// text is as it should be, nothing spills, what its speed rests on is there, and it takes no more than docs/cuda-kernels.md says. The largest
/// of each kernel is assembled for the generations in between too, whose registers are nearly those of the oldest.
/// </summary>
[Category("ptxas")]
public sealed class CompileGateTests
{
    private const string WriteVariable = "PAGED_WRITE_KERNEL_TABLE";

    private static readonly string[] GenerationsBetween = ["sm_86", "sm_89"];

    // Runs over the same sources were seen to differ by one or two, with which kernels a thread had compiled before.
    private const int RegistersOfChance = 4;

    [Test]
    public void Every_kernel_assembles_without_spills_within_its_budget()
    {
        using Ptxas ptxas = Ptxas.Find();
        ShippedKernel[] kernels = [.. ShippedKernels.ByDefault];
        HashSet<string> largest = [.. kernels.Where(kernel => !kernel.IsForHopper).GroupBy(kernel => kernel.Method.DeclaringType).Select(alike => alike.Last().Name)];
        var lines = new ConcurrentDictionary<string, (string Line, int[] Cells)>();
        var faults = new ConcurrentBag<string>();
        var codes = new ConcurrentBag<(ShippedKernel Kernel, string Architecture, byte[] Code)>();
        using var compilations = new ThreadLocal<PtxCompilation>(
            () => new PtxCompilation(CudaArchitecture.SM_90, builder => DeviceSelector.Configure(builder)), trackAllValues: true);
        Parallel.ForEach(kernels, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, kernel =>
        {
            string ptx = compilations.Value!.Compile(kernel.Method, kernel.LaunchBounds, kernel.SpecializedValues);
            foreach (string fault in PtxText.FaultsOf(ptx, kernel.Approximates))
                faults.Add($"{kernel}: {fault}");
            string olderPtx = PtxCompilation.ForOlderDevices(ptx);
            Assembled? oldest = kernel.IsForHopper ? null : Assemble(olderPtx, "sm_80");
            Assembled newest = kernel.IsForHopper ? Assemble(SpecificKernels.WithSpecificTarget(ptx, kernel.ClusterSize), "sm_90a") : Assemble(ptx, "sm_90");
            foreach (string between in GenerationsBetween.Where(_ => largest.Contains(kernel.Name)))
                Assemble(olderPtx, between);
            int groupSize = kernel.LaunchBounds.MaxNumThreadsPerGroup ?? kernel.GroupSize;
            lines[kernel.Name] = (
                KernelTable.Line(kernel.Name, groupSize, oldest, newest),
                [Math.Max(oldest?.SharedBytes ?? 0, newest.SharedBytes), oldest?.Registers ?? 0, newest.Registers]);

            Assembled Assemble(string text, string architecture)
            {
                Assembled assembled = ptxas.Assemble(text, architecture, out byte[] code);
                codes.Add((kernel, architecture, code));
                CheckWhatItTakes(assembled, $"{kernel} on {architecture}", faults);
                return assembled;
            }
        });
        foreach (PtxCompilation compilation in compilations.Values)
            compilation.Dispose();
        foreach (var ofOne in codes.GroupBy(each => each.Architecture))
            CheckInstructions([.. ofOne.Select(each => each.Kernel)], ptxas.Disassemble(ofOne.Key, [.. ofOne.Select(each => each.Code)]), ofOne.Key, faults);

        string[] table = [KernelTable.Head, .. kernels.Select(kernel => lines[kernel.Name].Line)];
        TestContext.Out.WriteLine(string.Join('\n', table));
        string path = Path.Combine(RepositoryFiles.Root, "docs", "cuda-kernels.md");
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
            File.WriteAllLines(path, [.. File.ReadLines(path).TakeWhile(line => !line.StartsWith("| kernel", StringComparison.Ordinal)), .. table]);
        CompareWith(KernelTable.Read(path), lines, faults);
        Assert.That(faults.Order(), Is.Empty);
    }

    private static void CheckWhatItTakes(Assembled assembled, string where, ConcurrentBag<string> faults)
    {
        if (assembled.SpilledBytes > 0 || assembled.StackBytes > 0)
            faults.Add($"{where}: {assembled.StackBytes} bytes of stack, {assembled.SpilledBytes} bytes spilled");
        if (assembled.Loss.Length > 0)
            faults.Add($"{where}: {assembled.Loss}");
        if (assembled.SharedBytes > PtxText.LargestSharedBytes)
            faults.Add($"{where}: {assembled.SharedBytes} bytes of shared memory; ILGPU can ask for {PtxText.LargestSharedBytes}");
    }

    private static void CheckInstructions(ShippedKernel[] kernels, string[] instructions, string architecture, ConcurrentBag<string> faults)
    {
        foreach ((ShippedKernel kernel, string own) in kernels.Zip(instructions))
        {
            foreach (string required in kernel.RequiredInstructions.Where(required => !own.Contains(required, StringComparison.Ordinal)))
                faults.Add($"{kernel} on {architecture}: no {required}");
        }
    }

    private static void CompareWith(
        Dictionary<string, int[]> budget, ConcurrentDictionary<string, (string Line, int[] Cells)> lines, ConcurrentBag<string> faults)
    {
        foreach ((string name, (string line, int[] cells)) in lines)
        {
            if (!budget.TryGetValue(name, out int[]? most))
                faults.Add($"{name} is not in docs/cuda-kernels.md; {WriteVariable}=1 writes the table");
            else if (cells[0] > most[0] || cells.Zip(most).Skip(1).Any(pair => pair.First > pair.Second + RegistersOfChance))
                faults.Add($"more than docs/cuda-kernels.md allows ({string.Join(", ", most)}): {line}");
        }

        foreach (string name in budget.Keys.Except(lines.Keys))
            faults.Add($"docs/cuda-kernels.md has {name}, which does not ship");
    }
}
