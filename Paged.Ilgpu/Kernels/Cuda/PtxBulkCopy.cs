using ILGPU.IR.Intrinsics;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Instructions of sm_90 by which one item starts the copy of many bytes to shared memory, that of several groups of a cluster too, and by which all
/// wait for it (PTX ISA, "cp.async.bulk", "cp.async.bulk.tensor" and "mbarrier").
/// </summary>
internal static class PtxBulkCopy
{
    /// <summary>Makes a barrier of eight bytes of shared memory.</summary>
    /// <param name="barrier">Its address.</param>
    /// <param name="arrivals">Arrivals that end a phase.</param>
    [IntrinsicImplementation]
    [Ptx("mbarrier.init.shared::cta.b64 [%0], %1;")]
    public static void MakeBarrier(uint barrier, int arrivals) => throw OnlyOnCuda();

    /// <summary>Lets the cluster see barriers that were made; a barrier of the cluster must follow.</summary>
    [IntrinsicImplementation]
    [Ptx("fence.mbarrier_init.release.cluster;")]
    public static void ShareBarriers() => throw OnlyOnCuda();

    /// <summary>Arrives at a barrier of this group, whose phase ends only when so many bytes have arrived as well.</summary>
    [IntrinsicImplementation]
    [Ptx("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;")]
    public static void ArriveExpecting(uint barrier, int bytes) => throw OnlyOnCuda();

    /// <summary>Arrives at a barrier of a group of the cluster.</summary>
    /// <param name="barrier">The address that it would have in this group.</param>
    /// <param name="group">Which group.</param>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b32 there; mapa.shared::cluster.u32 there, %0, %1; mbarrier.arrive.shared::cluster.b64 _, [there]; }")]
    public static void Arrive(uint barrier, int group) => throw OnlyOnCuda();

    /// <summary>Waits for the end of a phase of a barrier of this group.</summary>
    /// <param name="barrier">Its address.</param>
    /// <param name="parity">0 for its first, third, fifth phase, 1 for the others.</param>
    [IntrinsicImplementation]
    [Ptx("{ .reg .pred hasEnded; again: mbarrier.try_wait.parity.shared::cta.b64 hasEnded, [%0], %1; @!hasEnded bra again; }")]
    public static void Await(uint barrier, int parity) => throw OnlyOnCuda();

    /// <summary>How long what is copied stays in the second-level cache (PTX ISA, "createpolicy").</summary>
    /// <param name="isStreamed">1: it is given up before other things are; 0: as others.</param>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b64 streamed, kept; .reg .pred isStreamed; createpolicy.fractional.L2::evict_first.b64 streamed, 1.0; createpolicy.fractional.L2::evict_normal.b64 kept, 1.0; "
        + "setp.ne.s32 isStreamed, %0, 0; selp.b64 $0, streamed, kept, isStreamed; }")]
    public static long CachePolicy(int isStreamed) => throw OnlyOnCuda();

    /// <summary>Starts the copy of a box of a matrix.</summary>
    /// <param name="target">Address in this group's shared memory.</param>
    /// <param name="map">Address of the matrix's map.</param>
    /// <param name="row">The box's first row, of weights their first run of packets.</param>
    /// <param name="step">Its first step.</param>
    /// <param name="barrier">The barrier that counts the bytes.</param>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b32 zero; mov.b32 zero, 0; cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {zero, %2, %3}], [%4]; }")]
    public static void StartBox(uint target, long map, int row, int step, uint barrier) => throw OnlyOnCuda();

    /// <summary>The same by a <see cref="CachePolicy"/>.</summary>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b32 zero; mov.b32 zero, 0; cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1, {zero, %2, %3}], [%4], %5; }")]
    public static void StartBox(uint target, long map, int row, int step, uint barrier, long policy) => throw OnlyOnCuda();

    /// <summary>Starts the copy of a box of a matrix to the same place of several groups of a cluster.</summary>
    /// <param name="groups">Which groups, a bit each.</param>
    /// <param name="target">Address in shared memory.</param>
    /// <param name="map">Address of the matrix's map.</param>
    /// <param name="row">The box's first row, of weights their first run of packets.</param>
    /// <param name="step">Its first step.</param>
    /// <param name="barrier">The barrier that counts the bytes, in each group its own.</param>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b32 zero; .reg .b16 groups; mov.b32 zero, 0; cvt.u16.u32 groups, %0; cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster "
        + "[%1], [%2, {zero, %3, %4}], [%5], groups; }")]
    public static void StartBox(int groups, uint target, long map, int row, int step, uint barrier) => throw OnlyOnCuda();

    /// <summary>The same by a <see cref="CachePolicy"/>.</summary>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b32 zero; .reg .b16 groups; mov.b32 zero, 0; cvt.u16.u32 groups, %0; cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster.L2::cache_hint "
        + "[%1], [%2, {zero, %3, %4}], [%5], groups, %6; }")]
    public static void StartBox(int groups, uint target, long map, int row, int step, uint barrier, long policy) => throw OnlyOnCuda();

    /// <summary>Starts the copy of a run of this group's shared memory to another group of the cluster.</summary>
    /// <param name="target">The address that it would have in this group.</param>
    /// <param name="source">Its address.</param>
    /// <param name="bytes">How long it is.</param>
    /// <param name="group">Which group.</param>
    /// <param name="barrier">The other group's barrier that counts the bytes, by the address that it would have in this group.</param>
    [IntrinsicImplementation]
    [Ptx("{ .reg .b32 there, count; mapa.shared::cluster.u32 there, %0, %3; mapa.shared::cluster.u32 count, %4, %3; "
        + "cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [there], [%1], %2, [count]; }")]
    public static void StartSending(uint target, uint source, int bytes, int group, uint barrier) => throw OnlyOnCuda();

    /// <summary>Lets this item's copies see a map that the host wrote.</summary>
    [IntrinsicImplementation]
    [Ptx("fence.proxy.tensormap::generic.acquire.sys [%0], 128;")]
    public static void SeeMap(long map) => throw OnlyOnCuda();

    /// <summary>Waits for the first items of the group, so many.</summary>
    [IntrinsicImplementation]
    [Ptx("barrier.cta.sync 1, #0;")]
    public static void Barrier(int items) => throw OnlyOnCuda();

    /// <summary>The same, and gives not zero where one of them had a condition that was not.</summary>
    [IntrinsicImplementation]
    [Ptx("{ .reg .pred mine, any; setp.ne.s32 mine, %1, 0; barrier.cta.red.or.pred any, 1, #0, mine; selp.b32 $0, 1, 0, any; }")]
    public static int BarrierOr(int items, int condition) => throw OnlyOnCuda();

    /// <summary>Sets eight-byte barriers aside and gives the first one's address. Once a kernel.</summary>
    [IntrinsicImplementation]
    [Ptx(".shared .align 8 .b8 bulk_barriers[#0]; mov.u32 $0, bulk_barriers;")]
    public static uint AllocateBarriers(int bytes) => throw OnlyOnCuda();

    /// <summary>Gives registers of this warpgroup back, down to so many an item.</summary>
    [IntrinsicImplementation]
    [Ptx("setmaxnreg.dec.sync.aligned.u32 #0;")]
    public static void ReleaseRegisters(int left) => throw OnlyOnCuda();

    /// <summary>Takes registers that other warpgroups gave back, up to so many an item.</summary>
    [IntrinsicImplementation]
    [Ptx("setmaxnreg.inc.sync.aligned.u32 #0;")]
    public static void TakeRegisters(int registers) => throw OnlyOnCuda();

    private static NotSupportedException OnlyOnCuda() => new("this is an instruction of CUDA devices of sm_90, and it was called elsewhere");
}
