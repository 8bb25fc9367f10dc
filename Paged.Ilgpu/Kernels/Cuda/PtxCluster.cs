using ILGPU.IR.Intrinsics;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Instructions of sm_90 for clusters, groups that run at the same time and reach each other's shared memory (PTX ISA, "Cluster of Cooperative
/// Thread Arrays"). ILGPU knows none, so a kernel's module says how large its clusters are: <see cref="SpecificKernels"/>.
/// </summary>
internal static class PtxCluster
{
    /// <summary>Arrives at the cluster's barrier; nothing that was written is made known.</summary>
    [IntrinsicImplementation]
    [Ptx("barrier.cluster.arrive.relaxed.aligned;")]
    public static void ArriveRelaxed() => throw OnlyOnCuda();

    /// <summary>Waits until all items of the cluster have arrived, and sees what they wrote.</summary>
    [IntrinsicImplementation]
    [Ptx("barrier.cluster.wait.acquire.aligned;")]
    public static void Await() => throw OnlyOnCuda();

    /// <summary>Writes four sums to this group's shared memory.</summary>
    /// <param name="address">Where.</param>
    /// <param name="sum0">The first sum.</param>
    /// <param name="sum1">The second one.</param>
    /// <param name="sum2">The third one.</param>
    /// <param name="sum3">The fourth one.</param>
    [IntrinsicImplementation]
    [Ptx("st.shared.v4.f32 [%0], {%1, %2, %3, %4};")]
    public static void Store(uint address, float sum0, float sum1, float sum2, float sum3) => throw OnlyOnCuda();

    /// <summary>Reads four sums from this group's shared memory.</summary>
    [IntrinsicImplementation]
    [Ptx("ld.shared.v4.f32 {$0, $1, $2, $3}, [%0];")]
    public static MatrixSums Load(uint address) => throw OnlyOnCuda();

    private static NotSupportedException OnlyOnCuda() => new("this is an instruction of CUDA devices of sm_90, and it was called elsewhere");
}
