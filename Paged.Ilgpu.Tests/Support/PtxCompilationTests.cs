using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>The compiler for absent devices, on a kernel small enough to read its PTX.</summary>
public class PtxCompilationTests
{
    private static readonly MethodInfo Sum = ((Delegate)SumOfGroup).Method;

    /// <summary>Sums the values of a group; with groups of one there is nothing to wait for.</summary>
    public static void SumOfGroup(
        ArrayView<float> values, // [group, thread]
        ArrayView<float> sums, // [group]
        SpecializedValue<int> groupSize)
    {
        float own = values[(Grid.IdxX * groupSize) + Group.IdxX];
        if (groupSize > 1)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(groupSize); // [thread]
            shared[Group.IdxX] = own;
            Group.Barrier();
            own = 0;
            for (int thread = 0; thread < groupSize; thread++)
                own += shared[thread];
        }

        sums[Grid.IdxX] = own;
    }

    // Only from O2 on does ILGPU say in which memory a pointer of the kernel lies.
    private static void O2(Context.Builder builder) => builder.Optimize(OptimizationLevel.O2);

    [Test]
    public void A_kernel_compiles_with_its_group_size_built_in()
    {
        using PtxCompilation compilation = new(CudaArchitecture.SM_80, O2);
        string ptx = compilation.Compile(Sum, 64);
        Assert.That(ptx, Does.Contain(".target sm_80").And.Contain(".version 8.0").And.Contain("bar.sync"));
        Assert.That(ptx, Does.Match(@"\.shared .*\[256\]"), "64 floats");
    }

    [Test]
    public void With_a_group_of_one_barrier_and_shared_memory_vanish()
    {
        using PtxCompilation compilation = new(CudaArchitecture.SM_80, O2);
        Assert.That(compilation.Compile(Sum, 1), Does.Contain("st.global").And.Not.Contain("bar.sync").And.Not.Contain(".shared"));
    }

    [Test]
    public void Launch_bounds_stand_in_the_text()
    {
        using PtxCompilation compilation = new(CudaArchitecture.SM_80, O2);
        Assert.That(compilation.Compile(Sum, new KernelSpecialization(128, null), 128), Does.Contain(".maxntid 128"));
    }

    [Test]
    public void A_missing_or_surplus_value_is_an_error()
    {
        using PtxCompilation compilation = new(CudaArchitecture.SM_80, O2);
        Assert.That(() => compilation.Compile(Sum), Throws.ArgumentException.With.Message.Contains("groupSize"));
        Assert.That(() => compilation.Compile(Sum, 1, 2), Throws.ArgumentException);
    }
}
