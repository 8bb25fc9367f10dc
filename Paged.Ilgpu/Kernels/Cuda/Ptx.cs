using ILGPU.IR.Intrinsics;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Instructions of sm_80 and newer that ILGPU has no name for. A call becomes the text beside it, its operands in registers: ILGPU's own
/// inline PTX hands results back through memory of the thread, which ptxas does not take out again. See <see cref="PtxInstructions"/>.
/// </summary>
internal static class Ptx
{
    /// <summary>Matrix product of a warp on bfloat16, see <see cref="IMatrixUnit"/>.</summary>
    [IntrinsicImplementation]
    [Ptx("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {$0, $1, $2, $3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};")]
    public static MatrixSums MultiplyAddBFloat16(
        float sum0, float sum1, float sum2, float sum3, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1) => throw OnlyOnCuda();

    /// <summary>Matrix product of a warp on float16, see <see cref="IMatrixUnit"/>.</summary>
    [IntrinsicImplementation]
    [Ptx("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {$0, $1, $2, $3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};")]
    public static MatrixSums MultiplyAddFloat16(
        float sum0, float sum1, float sum2, float sum3, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1) => throw OnlyOnCuda();

    /// <summary>Two to the power of a value, zero where that is no normal number. ILGPU's own takes four instructions to keep those.</summary>
    [IntrinsicImplementation]
    [Ptx("ex2.approx.ftz.f32 $0, %0;")]
    public static float Exp2(float value) => throw OnlyOnCuda();

    /// <summary>One divided by a value, zero where that is no normal number. An exact division takes eight instructions and a branch.</summary>
    [IntrinsicImplementation]
    [Ptx("rcp.approx.ftz.f32 $0, %0;")]
    public static float Reciprocal(float value) => throw OnlyOnCuda();

    /// <summary>Two values rounded to bfloat16, the first one low.</summary>
    [IntrinsicImplementation]
    [Ptx("cvt.rn.bf16x2.f32 $0, %1, %0;")]
    public static uint PackBFloat16(float first, float second) => throw OnlyOnCuda();

    /// <summary>Two values rounded to float16, the first one low.</summary>
    [IntrinsicImplementation]
    [Ptx("cvt.rn.f16x2.f32 $0, %1, %0;")]
    public static uint PackFloat16(float first, float second) => throw OnlyOnCuda();

    /// <summary>Two differences of bfloat16, side by side in a word; before sm_90 there is no subtraction, so it is a product with -1 and a sum.</summary>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b32 factor; mov.b32 factor, 0xbf80bf80; fma.rn.bf16x2 $0, %1, factor, %0; }")]
    public static uint SubtractBFloat16Pair(uint left, uint right) => throw OnlyOnCuda();

    /// <summary>Two differences of float16 from 1,152, side by side in a word.</summary>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b32 subtrahend; mov.b32 subtrahend, 0x64806480; sub.rn.f16x2 $0, %0, subtrahend; }")]
    public static uint Subtract1152Float16Pair(uint left) => throw OnlyOnCuda();

    /// <summary>Sets bytes of shared memory aside, where a swizzle of the hardware may begin, and gives their address. Once a kernel.</summary>
    [IntrinsicImplementation]
    [Ptx(".shared .align 1024 .b8 staged_packets[#0]; mov.u32 $0, staged_packets;")]
    public static uint AllocateShared(int bytes) => throw OnlyOnCuda();

    /// <summary>The address in shared memory of a packet that lies there.</summary>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b64 shared; cvta.to.shared.u64 shared, %0; cvt.u32.u64 $0, shared; }")]
    public static uint SharedAddress(ref Packet packet) => throw OnlyOnCuda();

    /// <summary>Reads sixteen bytes of shared memory.</summary>
    [IntrinsicImplementation]
    [Ptx("ld.shared.v4.b32 {$0, $1, $2, $3}, [%0];")]
    public static Packet LoadShared(uint address) => throw OnlyOnCuda();

    /// <summary>Reads four 8 x 8 matrices of 16-bit elements, see <see cref="IPacketMemory.LoadMatrices"/>.</summary>
    [IntrinsicImplementation]
    [Ptx("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {$0, $1, $2, $3}, [%0];")]
    public static Packet LoadMatrices(uint address) => throw OnlyOnCuda();

    /// <summary>Reads four 8 x 8 matrices of 16-bit elements, transposed, see <see cref="IPacketMemory.LoadTransposed"/>.</summary>
    [IntrinsicImplementation]
    [Ptx("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {$0, $1, $2, $3}, [%0];")]
    public static Packet LoadTransposed(uint address) => throw OnlyOnCuda();

    /// <summary>Starts a copy of sixteen bytes to shared memory, past the first-level cache.</summary>
    [IntrinsicImplementation]
    [Ptx("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;")]
    public static void CopyAsync(uint target, long source) => throw OnlyOnCuda();

    /// <summary>Starts a copy of so many bytes, 0 or 16; what is missing of sixteen is written as zeros.</summary>
    [IntrinsicImplementation]
    [Ptx("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;")]
    public static void CopyAsync(uint target, long source, int bytes) => throw OnlyOnCuda();

    /// <summary>Starts a copy of sixteen bytes whose lines the second-level cache gives up before those of others (PTX ISA, "Cache eviction priority hints").</summary>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b64 streamed; createpolicy.fractional.L2::evict_first.b64 streamed, 1.0; cp.async.cg.shared.global.L2::cache_hint.L2::128B [%0], [%1], 16, streamed; }")]
    public static void CopyAsyncStreamed(uint target, long source) => throw OnlyOnCuda();

    /// <summary>The same of so many bytes, 0 or 16, which lie so many behind the addresses; constants.</summary>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b64 streamed; createpolicy.fractional.L2::evict_first.b64 streamed, 1.0; cp.async.cg.shared.global.L2::cache_hint.L2::128B [%0+#3], [%1+#4], 16, %2, streamed; }")]
    public static void CopyAsyncStreamed(uint target, long source, int bytes, int targetBehind, int sourceBehind) => throw OnlyOnCuda();

    /// <summary>The same by way of the first-level cache.</summary>
    [IntrinsicImplementation]
    [Ptx("cp.async.ca.shared.global.L2::128B [%0], [%1], 16, %2;")]
    public static void CopyAsyncCached(uint target, long source, int bytes) => throw OnlyOnCuda();

    /// <summary>Closes a batch of copies.</summary>
    [IntrinsicImplementation]
    [Ptx("cp.async.commit_group;")]
    public static void CommitGroup() => throw OnlyOnCuda();

    /// <summary>Waits for all but the newest batches.</summary>
    [IntrinsicImplementation]
    [Ptx("cp.async.wait_group #0;")]
    public static void WaitGroup(int newest) => throw OnlyOnCuda();

    private static NotSupportedException OnlyOnCuda() => new("this is an instruction of CUDA devices, and it was called elsewhere");
}
