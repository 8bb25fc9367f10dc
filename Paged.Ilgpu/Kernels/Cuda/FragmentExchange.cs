using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Shared memory in which the lanes of a warp show each other their fragments where the matrix unit is emulated. They lie there at two places in turn:
/// whoever writes at one has waited for all who read there, since they have come to the barrier in between, so that one barrier is enough. It is what
/// takes the time.
/// </summary>
internal static class FragmentExchange
{
    /// <summary>Words from one lane's fragments to the next lane's.</summary>
    public const int WordsPerLane = Announced + 1;

    private const int WordsPerFragment = WeightWords + 4 * 8; // and the inputs of 64 rows
    private const int WeightWords = 8; // of a step

    // What no other lane reads: where the lane's next fragments lie, and how many products of the last ones are still to come.
    private const int Turn = 2 * WordsPerFragment;
    private const int Announced = Turn + 1;

    /// <summary>Makes it. Once a kernel, by all items of the group.</summary>
    /// <param name="warps">Warps of the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<uint> Allocate(int warps)
    {
        ArrayView<uint> exchange = SharedMemory.Allocate<uint>(warps * MatrixLayout.Lanes * WordsPerLane);
        exchange[Group.IdxX * WordsPerLane + Turn] = 0;
        exchange[Group.IdxX * WordsPerLane + Announced] = 0;
        return exchange;
    }

    /// <summary>Where the fragments of this warp's first lane lie this time, and the next time elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NextPlace(ArrayView<uint> exchange)
    {
        int turn = Group.IdxX * WordsPerLane + Turn;
        int place = (int)exchange[turn];
        exchange[turn] = (uint)(WordsPerFragment - place);
        return FirstLane() + place;
    }

    /// <summary>Where they lay the last time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LastPlace(ArrayView<uint> exchange) => FirstLane() + WordsPerFragment - (int)exchange[Group.IdxX * WordsPerLane + Turn];

    /// <summary>Keeps how many products of the fragments that this lane shows are to come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Announce(ArrayView<uint> exchange, int products) => exchange[Group.IdxX * WordsPerLane + Announced] = (uint)products;

    /// <summary>How many are still to come; one fewer the next time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int TakeAnnounced(ArrayView<uint> exchange)
    {
        int index = Group.IdxX * WordsPerLane + Announced;
        int left = (int)exchange[index];
        exchange[index] = (uint)IntrinsicMath.Max(left - 1, 0);
        return left;
    }

    /// <summary>The first word of the inputs of a product: the last ones lie first.</summary>
    /// <param name="remaining">How many products are to come with it, two for each block of rows; 0 for one that was not announced.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int InputOf(int remaining) => WeightWords + IntrinsicMath.Max(remaining - 1, 0) / 2 * 4;

    /// <summary>Shows a packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Show(ArrayView<uint> exchange, int index, Packet packet)
    {
        exchange[index] = packet.Word0;
        exchange[index + 1] = packet.Word1;
        exchange[index + 2] = packet.Word2;
        exchange[index + 3] = packet.Word3;
    }

    private static int FirstLane() => Group.IdxX / MatrixLayout.Lanes * MatrixLayout.Lanes * WordsPerLane;
}
