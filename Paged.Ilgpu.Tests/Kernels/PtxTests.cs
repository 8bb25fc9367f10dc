using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Runtime.Cuda;
using Paged.Ilgpu.Cli.Bench.Kernels;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Vector;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>
/// Every kernel compiles for CUDA devices on a machine that has none, as the engine's own context would compile it, and its text has what
/// its speed and its exactness rest on. Of the matrix unit's kernels some stand for all, which <see cref="Cuda.CompileGateTests"/> compiles.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtxTests
{
    // A read of global memory of less than sixteen bytes; a tile's description is read as a pair.
    private static readonly Regex NarrowLoad = new(@"\bld\.global\.[busf]\d+", RegexOptions.NonBacktracking);

    private static readonly ThreadLocal<PtxCompilation> Compilations = new(
        () => new PtxCompilation(CudaArchitecture.SM_80, builder => DeviceSelector.Configure(builder)), trackAllValues: true);

    [OneTimeTearDown]
    public void CloseCompilations()
    {
        foreach (PtxCompilation compilation in Compilations.Values)
            compilation.Dispose();
    }

    [Test]
    public void No_kernel_of_the_room_is_left_out()
    {
        // Those for vector registers are given to OpenCL CPUs alone.
        IEnumerable<Type?> all = typeof(KernelSet).Assembly.GetTypes().Where(
            type => type.Name.EndsWith("Kernel", StringComparison.Ordinal) && type.Namespace != typeof(VectorLinearKernel).Namespace);
        ShippedKernel[] shipped = [.. ShippedKernels.Small, .. ShippedKernels.Linear, .. ShippedKernels.Attention, .. ShippedKernels.Matrix, .. ShippedKernels.MatrixAttention];
        Assert.That(shipped.Select(kernel => kernel.Method.DeclaringType).Distinct(), Is.EquivalentTo(all));
    }

    [TestCaseSource(typeof(ShippedKernels), nameof(ShippedKernels.Small))]
    public void Small_kernels_compile(object kernel) => Compile((ShippedKernel)kernel);

    [Test]
    public void The_kernel_that_measures_multiply_adds_compiles() =>
        Assert.That(Compilations.Value!.Compile(((Action<ArrayView<Packet>, float, float, int>)MultiplyAddKernel.Run).Method), Does.Contain(".entry"));

    [TestCaseSource(typeof(ShippedKernels), nameof(ShippedKernels.Linear))]
    public void Linear_layers_read_sixteen_bytes_at_a_time_and_share_nothing(object kernel)
    {
        string ptx = Compile((ShippedKernel)kernel);
        Assert.That(ptx, Does.Contain("ld.global.v4.b32").And.Not.Contain("bar.sync").And.Not.Contain(".shared"));
        Assert.That(NarrowLoad.Matches(ptx), Has.Count.EqualTo(((ShippedKernel)kernel).SingleElements), "what is added to is read element by element");
    }

    [TestCaseSource(typeof(ShippedKernels), nameof(ShippedKernels.Attention))]
    public void Attention_reads_sixteen_bytes_at_a_time_and_waits_between_its_passes(object kernel)
    {
        string ptx = Compile((ShippedKernel)kernel);
        Assert.That(ptx, Does.Contain("ld.global.v4.b32").And.Contain("bar.sync"));
        Assert.That(NarrowLoad.Matches(ptx).Select(load => load.Value), Has.All.EqualTo("ld.global.b32"), "tables of ints alone");
    }

    [TestCaseSource(typeof(ShippedKernels), nameof(ShippedKernels.SomeOfMatrix))]
    public void The_matrix_unit_is_fed_by_asynchronous_copies(object kernel)
    {
        string ptx = Compile((ShippedKernel)kernel);
        Assert.That(ptx, Does.Contain(((ShippedKernel)kernel).IsForHopper ? "wgmma.mma_async" : "mma.sync").And.Contain("cp.async.").And.Contain("ld.shared.v4"));
    }

    private static string Compile(ShippedKernel kernel)
    {
        string ptx = Compilations.Value!.Compile(kernel.Method, kernel.LaunchBounds, kernel.SpecializedValues);
        Assert.That(PtxText.FaultsOf(ptx, kernel.Approximates), Is.Empty);
        return ptx;
    }
}
