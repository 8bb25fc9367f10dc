using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Four warps in C#, each of which multiplies for itself and keeps its sums in shared memory. Its lanes show each other a step's weights once for
/// all rows, and read the inputs where they are staged, as the hardware does: a barrier for each eight rows took nearly all the time.
/// </summary>
/// <typeparam name="TElement">The type of the factors, one of 16 bits.</typeparam>
public readonly struct EmulatedWarpgroup<TElement> : IWarpgroup
    where TElement : struct, IElement16
{
    /// <inheritdoc/>
    public static ArrayView<float> AllocateSums(int sums) => SharedMemory.Allocate<float>(sums * WarpgroupSteps.GroupSize);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ShareStaged()
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)] // as the emulated matrix unit's
    public static void StartMultiplyAdd(
        ArrayView<float> sums, BlockWeights weights, StagedPackets staged, int inputs, int stepsPerRow, int rows, bool isFirst, ArrayView<uint> exchange)
    {
        int lane = Group.IdxX % MatrixLayout.Lanes;
        int warp = FragmentExchange.NextPlace(exchange);
        int own = warp + lane * FragmentExchange.WordsPerLane;
        FragmentExchange.Show(exchange, own, weights.First);
        FragmentExchange.Show(exchange, own + 4, weights.Second);
        Warp.Barrier();

        ArrayView<uint> words = staged.View.Cast<uint>();
        int left = warp + lane / 4 * 4 * FragmentExchange.WordsPerLane; // the first lane with this one's column
        for (int block = 0; block < rows / 8; block++)
        {
            MatrixSums result = MatrixProduct.Load(sums, First(block), WarpgroupSteps.GroupSize, isFirst ? 0 : uint.MaxValue);
            int right = inputs + block * 8 * stepsPerRow * MatrixLayout.OctetsPerStep;
            int row = 2 * (lane % 4);
            result.E0 = Dot(result.E0, exchange, left, words, right, stepsPerRow, row);
            result.E1 = Dot(result.E1, exchange, left, words, right, stepsPerRow, row + 1);
            result.E2 = Dot(result.E2, exchange, left + 1, words, right, stepsPerRow, row);
            result.E3 = Dot(result.E3, exchange, left + 1, words, right, stepsPerRow, row + 1);
            MatrixProduct.Store(result, sums, First(block), WarpgroupSteps.GroupSize);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Await()
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Read(ArrayView<float> sums, int block) =>
        MatrixProduct.Load(sums, First(block), WarpgroupSteps.GroupSize, uint.MaxValue);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> sums, int block, MatrixSums value) =>
        MatrixProduct.Store(value, sums, First(block), WarpgroupSteps.GroupSize);

    // Even words of a lane belong to the upper eight columns of weights, odd ones to the lower.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float sum, ArrayView<uint> exchange, int left, ArrayView<uint> words, int right, int stepsPerRow, int row)
    {
        for (int octet = 0; octet < MatrixLayout.OctetsPerStep; octet++)
        {
            int input = 4 * StagedInputs.Place(right + row * stepsPerRow * MatrixLayout.OctetsPerStep + octet, stepsPerRow);
            for (int word = 0; word < 4; word++)
            {
                uint weight = exchange[left + word * FragmentExchange.WordsPerLane + 2 * octet];
                uint value = words[input + word];
                sum += TElement.Widen(weight & 0xffffu) * TElement.Widen(value & 0xffffu);
                sum += TElement.Widen(weight >> 16) * TElement.Widen(value >> 16);
            }
        }

        return sum;
    }

    private static int First(int block) => 4 * block * WarpgroupSteps.GroupSize + Group.IdxX;
}
