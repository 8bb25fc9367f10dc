using ILGPU.IR.Intrinsics;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Instructions of sm_90a by which four warps multiply together, see <see cref="IWarpgroup"/>. Their sums change while the warps go on, so no value
/// of the program can stand for them: they are registers with names of their own, which only these instructions know.
/// </summary>
internal static class PtxWarpgroup
{
    private const string Operands =
        "{ .reg .pred isAdded, always; .reg .b32 second; .reg .b64 firstRows, secondRows; "
        + "setp.ne.s32 isAdded, %11, 0; setp.eq.s32 always, %11, %11; "

        // The other 16 features of a step follow 32 bytes on.
        + "mov.b64 firstRows, {%10, %12}; add.u32 second, %10, 2; mov.b64 secondRows, {second, %12}; wgmma.fence.sync.aligned; ";

    private const string First = " {@1}, {%2, %3, %4, %5}, firstRows, isAdded, 1, 1, 0; ";
    private const string Second = " {@1}, {%6, %7, %8, %9}, secondRows, always, 1, 1, 0; wgmma.commit_group.sync.aligned; }";
    private const string BFloat16 = "wgmma.mma_async.sync.aligned.m64n#0k16.f32.bf16.bf16";
    private const string Float16 = "wgmma.mma_async.sync.aligned.m64n#0k16.f32.f16.f16";

    /// <summary>Names the sums. Once a kernel. With no value to begin with, ptxas lets the products run one at a time.</summary>
    [IntrinsicImplementation]
    [Ptx(".reg .f32 warpgroup_sum<#0>;", Repeated = "mov.f32 warpgroup_sum#, 0f00000000;")]
    public static void AllocateSums(int sums) => throw OnlyOnCuda();

    /// <summary>Makes what the items of a group wrote to shared memory visible to the matrix unit, which reads it by a way of its own.</summary>
    [IntrinsicImplementation]
    [Ptx("fence.proxy.async.shared::cta;")]
    public static void ShareStaged() => throw OnlyOnCuda();

    /// <summary>Starts the products of 32 input features on bfloat16.</summary>
    /// <param name="rows">Rows of the right factor; a constant.</param>
    /// <param name="sums">Half of that.</param>
    /// <param name="a0">Words 0 to 3 are the left factor of the first 16 features, 4 to 7 that of the others.</param>
    /// <param name="a1">Word 1.</param>
    /// <param name="a2">Word 2.</param>
    /// <param name="a3">Word 3.</param>
    /// <param name="a4">Word 4.</param>
    /// <param name="a5">Word 5.</param>
    /// <param name="a6">Word 6.</param>
    /// <param name="a7">Word 7.</param>
    /// <param name="inputs">Address of the right factor in units of 16 bytes, with bit 16 set.</param>
    /// <param name="isAdded">Whether products are added to the sums; else they replace them.</param>
    /// <param name="layout">How its rows lie there, see <see cref="HopperWarpgroup.RowLayout"/>.</param>
    [IntrinsicImplementation]
    [Ptx(Operands + BFloat16 + First + BFloat16 + Second)]
    public static void MultiplyAddBFloat16(
        int rows, int sums, uint a0, uint a1, uint a2, uint a3, uint a4, uint a5, uint a6, uint a7, uint inputs, int isAdded, uint layout) => throw OnlyOnCuda();

    /// <summary>The same on float16.</summary>
    [IntrinsicImplementation]
    [Ptx(Operands + Float16 + First + Float16 + Second)]
    public static void MultiplyAddFloat16(
        int rows, int sums, uint a0, uint a1, uint a2, uint a3, uint a4, uint a5, uint a6, uint a7, uint inputs, int isAdded, uint layout) => throw OnlyOnCuda();

    /// <summary>Waits for all products.</summary>
    [IntrinsicImplementation]
    [Ptx("wgmma.wait_group.sync.aligned 0;")]
    public static void Await() => throw OnlyOnCuda();

    /// <summary>Reads a sum; none may be under way.</summary>
    [IntrinsicImplementation]
    [Ptx("mov.f32 $0, warpgroup_sum#0;")]
    public static float Sum(int index) => throw OnlyOnCuda();

    /// <summary>Sets a register of the sums that no product is added to.</summary>
    [IntrinsicImplementation]
    [Ptx("mov.f32 warpgroup_sum#0, %1;")]
    public static void SetSum(int index, float value) => throw OnlyOnCuda();

    private static NotSupportedException OnlyOnCuda() => new("this is an instruction of CUDA devices of sm_90, and it was called elsewhere");
}
