using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Four warps that multiply together on the matrix unit of sm_90a, given to kernels as a type parameter. The left factor, 64 columns of
/// weights, is in registers, 16 columns a warp; the right factor, rows of inputs, is read from shared memory by the unit itself, once for all four
/// warps, and no register holds it. Products run while the warps go on. Every sum has the bits that <see cref="IMatrixUnit"/> gives it.
/// </summary>
public interface IWarpgroup
{
    /// <summary>Makes room for the sums. Once a kernel, by all items of the group.</summary>
    /// <param name="sums">Sums of an item; a constant.</param>
    /// <returns>Their place, where they are no registers.</returns>
    static abstract ArrayView<float> AllocateSums(int sums);

    /// <summary>
    /// Makes this item's arrived copies visible to the matrix unit; a barrier of the group, which must follow, makes them visible to all warps'.
    /// </summary>
    static abstract void ShareStaged();

    /// <summary>Starts to add the products of a step of 32 input features to the sums. Until <see cref="Await"/> nothing may change the inputs.</summary>
    /// <param name="sums">What <see cref="AllocateSums"/> gave.</param>
    /// <param name="weights">This lane's weights of its warp's 16 columns.</param>
    /// <param name="staged">Shared memory.</param>
    /// <param name="inputs">The first packet of the step's inputs in it, [row, octet], see <see cref="StagedInputs"/>.</param>
    /// <param name="stepsPerRow">Steps of which a row has the features, 1 or 2; a constant.</param>
    /// <param name="rows">How many rows, a multiple of eight up to 256; a constant.</param>
    /// <param name="isFirst">Whether the sums begin at zero.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    static abstract void StartMultiplyAdd(
        ArrayView<float> sums, BlockWeights weights, StagedPackets staged, int inputs, int stepsPerRow, int rows, bool isFirst, ArrayView<uint> exchange);

    /// <summary>Waits for all products that were started.</summary>
    static abstract void Await();

    /// <summary>Reads the sums of a block of eight rows, as <see cref="IMatrixUnit"/> has them; none may be under way.</summary>
    /// <param name="sums">What <see cref="AllocateSums"/> gave.</param>
    /// <param name="block">Which block; a constant.</param>
    static abstract MatrixSums Read(ArrayView<float> sums, int block);

    /// <summary>Keeps sums in the place of such a block, one that no product is added to.</summary>
    /// <param name="sums">What <see cref="AllocateSums"/> gave.</param>
    /// <param name="block">Which block; a constant.</param>
    /// <param name="value">The sums.</param>
    static abstract void Write(ArrayView<float> sums, int block, MatrixSums value);
}
