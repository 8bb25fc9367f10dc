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
    public const int WordsPerLane = Turn + 1;

    private const int WordsPerFragment = 8; // a step's weights
    private const int Turn = 2 * WordsPerFragment; // the word of a lane that says where its next fragments lie; no other lane reads it

    /// <summary>Makes it. Once a kernel, by all items of the group.</summary>
    /// <param name="warps">Warps of the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<uint> Allocate(int warps)
    {
        ArrayView<uint> exchange = SharedMemory.Allocate<uint>(warps * MatrixLayout.Lanes * WordsPerLane);
        exchange[Group.IdxX * WordsPerLane + Turn] = 0;
        return exchange;
    }

    /// <summary>Where the fragments of this warp's first lane lie this time, and the next time elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NextPlace(ArrayView<uint> exchange)
    {
        int turn = Group.IdxX * WordsPerLane + Turn;
        int place = (int)exchange[turn];
        exchange[turn] = (uint)(WordsPerFragment - place);
        return Group.IdxX / MatrixLayout.Lanes * MatrixLayout.Lanes * WordsPerLane + place;
    }
}
