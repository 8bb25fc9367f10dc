using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// The matrix instruction of a warp, given to a kernel as a type parameter: the one of the hardware, or one in C# with the same layout of
/// fragments, so that the same tile code runs where there is no GPU.
/// </summary>
public interface IMatrixUnit
{
    /// <summary>Makes room for what lanes exchange; nothing where the hardware does it. Once a kernel, by all items of the group.</summary>
    /// <param name="warps">Warps of the group.</param>
    static abstract ArrayView<uint> AllocateExchange(int warps);

    /// <summary>
    /// Adds the product of a 16 × 16 and a 16 × 8 matrix to the sums. All lanes of a warp call it together. A word holds two neighbouring
    /// elements of 16 bits, the first one low.
    /// </summary>
    /// <param name="sums">This lane's sums so far.</param>
    /// <param name="a0">Left matrix, row l / 4, columns 2 (l mod 4) and the next.</param>
    /// <param name="a1">The same of row l / 4 + 8.</param>
    /// <param name="a2">Row l / 4, eight columns further.</param>
    /// <param name="a3">Row l / 4 + 8, eight columns further.</param>
    /// <param name="b0">Right matrix, column l / 4, rows 2 (l mod 4) and the next.</param>
    /// <param name="b1">Column l / 4, eight rows further.</param>
    /// <param name="exchange">What <see cref="AllocateExchange"/> gave.</param>
    static abstract MatrixSums MultiplyAdd(MatrixSums sums, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, ArrayView<uint> exchange);

    /// <summary>
    /// Says what the next two calls of <see cref="MultiplyAdd"/> multiply: the first words of a block's two packets of weights and of inputs, and
    /// then the rest. Hardware need not know; where lanes exchange what they hold they do it once. All lanes of a warp call it together.
    /// </summary>
    /// <param name="first">This lane's first packet of weights.</param>
    /// <param name="second">Its second one.</param>
    /// <param name="input">Its inputs.</param>
    /// <param name="exchange">What <see cref="AllocateExchange"/> gave.</param>
    static abstract void Announce(Packet first, Packet second, Packet input, ArrayView<uint> exchange);

    /// <summary>The same of the next sixteen calls: two for each block of rows.</summary>
    static abstract void Announce(Packet first, Packet second, RowInputs inputs, ArrayView<uint> exchange);

    /// <summary>Two to the power of a value; what is too small for a normal number may be zero.</summary>
    static abstract float Exp2(float value);

    /// <summary>One divided by a value, to a unit in the last place; what is too small for a normal number may be zero.</summary>
    static abstract float Reciprocal(float value);

    /// <summary>Rounds two values to the factors' type, to nearest, ties to even, and makes a word of them.</summary>
    /// <param name="first">The one that becomes the lower half.</param>
    /// <param name="second">The one that becomes the upper half.</param>
    static abstract uint Pack(float first, float second);

    /// <summary>Two whole numbers from -127 to 127 as two elements of 16 bits, exactly.</summary>
    /// <param name="bytes">Signed bytes: the lowest becomes the first element, the third the second one; the others are not looked at.</param>
    static abstract uint WidenEvenBytes(uint bytes);
}
