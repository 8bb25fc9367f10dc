using System.Collections.Concurrent;
using ILGPU.Runtime.Cuda;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

/// <summary>
/// Every kernel that a CUDA device is given by default, assembled for four generations of devices on a machine with none: it assembles, nothing
/// spills, what its speed rests on is there, and it takes no more than docs/cuda-kernels.md says.
/// </summary>
[Category("ptxas")]
public sealed class CompileGateTests
{
    private const string WriteVariable = "PAGED_WRITE_KERNEL_TABLE";
    private const int LargestSharedBytes = 48 << 10;

    // Runs over the same sources were seen to differ by one or two, with which kernels a thread had compiled before.
    private const int RegistersOfChance = 4;

    [Test]
    public void Every_kernel_assembles_without_spills_within_its_budget()
    {
        using Ptxas ptxas = Ptxas.Find();
        ShippedKernel[] kernels = [.. ShippedKernels.ByDefault];
        var lines = new ConcurrentDictionary<string, (string Line, int[] Cells)>();
        var faults = new ConcurrentBag<string>();
        using var compilations = new ThreadLocal<PtxCompilation>(
            () => new PtxCompilation(CudaArchitecture.SM_90, builder => DeviceSelector.Configure(builder)), trackAllValues: true);
        Parallel.ForEach(kernels, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, kernel =>
        {
            string ptx = compilations.Value!.Compile(kernel.Method, kernel.LaunchBounds, kernel.SpecializedValues);
            string olderPtx = PtxCompilation.ForOlderDevices(ptx);
            Assembled?[] assembled = [.. KernelTable.Architectures.Select(
                architecture => !kernel.IsForHopper ? Assemble(ptxas, architecture == "sm_90" ? ptx : olderPtx, kernel, architecture, faults)
                    : architecture == "sm_90" ? Assemble(ptxas, SpecificKernels.WithSpecificTarget(ptx, kernel.ClusterSize), kernel, "sm_90a", faults)
                    : null)];
            int groupSize = kernel.LaunchBounds.MaxNumThreadsPerGroup ?? kernel.GroupSize;
            lines[kernel.Name] = (
                KernelTable.Line(kernel.Name, groupSize, assembled),
                [assembled.Max(each => each?.SharedBytes ?? 0), .. assembled.Select(each => each?.Registers ?? 0)]);
        });
        foreach (PtxCompilation compilation in compilations.Values)
            compilation.Dispose();

        string[] table = [KernelTable.Head, .. kernels.Select(kernel => lines[kernel.Name].Line)];
        TestContext.Out.WriteLine(string.Join('\n', table));
        string path = Path.Combine(RepositoryFiles.Root, "docs", "cuda-kernels.md");
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
            File.WriteAllLines(path, [.. File.ReadLines(path).TakeWhile(line => !line.StartsWith("| kernel", StringComparison.Ordinal)), .. table]);
        CompareWith(KernelTable.Read(path), lines, faults);
        Assert.That(faults.Order(), Is.Empty);
    }

    private static Assembled Assemble(Ptxas ptxas, string ptx, ShippedKernel kernel, string architecture, ConcurrentBag<string> faults)
    {
        // The instructions are the same from one generation to the next but for those of the newest.
        Assembled assembled = ptxas.Assemble(ptx, architecture, isListed: architecture is "sm_80" or "sm_90" or "sm_90a", out string instructions);
        if (assembled.SpilledBytes > 0 || assembled.StackBytes > 0)
            faults.Add($"{kernel} on {architecture}: {assembled.StackBytes} bytes of stack, {assembled.SpilledBytes} bytes spilled");
        if (assembled.Loss.Length > 0)
            faults.Add($"{kernel} on {architecture}: {assembled.Loss}");
        if (assembled.SharedBytes > LargestSharedBytes)
            faults.Add($"{kernel} on {architecture}: {assembled.SharedBytes} bytes of shared memory; ILGPU can ask for {LargestSharedBytes}");
        if (instructions.Length > 0)
        {
            foreach (string required in kernel.RequiredInstructions.Where(required => !instructions.Contains(required, StringComparison.Ordinal)))
                faults.Add($"{kernel} on {architecture}: no {required}");
        }

        return assembled;
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
