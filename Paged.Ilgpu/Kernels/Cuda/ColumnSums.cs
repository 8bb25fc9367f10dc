using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>A lane's words of a step's inputs, 64 rows in blocks of eight, see <see cref="IPacketMemory.LoadMatrices"/>.</summary>
public struct RowInputs
{
    /// <summary>Of row 0 + l / 4.</summary>
    public Packet Block0;

    /// <summary>Of row 8 + l / 4.</summary>
    public Packet Block1;

    /// <summary>Of row 16 + l / 4.</summary>
    public Packet Block2;

    /// <summary>Of row 24 + l / 4.</summary>
    public Packet Block3;

    /// <summary>Of row 32 + l / 4.</summary>
    public Packet Block4;

    /// <summary>Of row 40 + l / 4.</summary>
    public Packet Block5;

    /// <summary>Of row 48 + l / 4.</summary>
    public Packet Block6;

    /// <summary>Of row 56 + l / 4.</summary>
    public Packet Block7;

    /// <summary>Reads the packets.</summary>
    /// <param name="staged">[row, octet], see <see cref="StagedInputs"/>.</param>
    /// <param name="first">What this lane names of the first block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowInputs Load<TMemory>(StagedPackets staged, int first)
        where TMemory : struct, IPacketMemory
    {
        RowInputs inputs;
        inputs.Block0 = TMemory.LoadMatrices(staged, first);
        inputs.Block1 = TMemory.LoadMatrices(staged, first + 1 * MatrixLayout.Lanes);
        inputs.Block2 = TMemory.LoadMatrices(staged, first + 2 * MatrixLayout.Lanes);
        inputs.Block3 = TMemory.LoadMatrices(staged, first + 3 * MatrixLayout.Lanes);
        inputs.Block4 = TMemory.LoadMatrices(staged, first + 4 * MatrixLayout.Lanes);
        inputs.Block5 = TMemory.LoadMatrices(staged, first + 5 * MatrixLayout.Lanes);
        inputs.Block6 = TMemory.LoadMatrices(staged, first + 6 * MatrixLayout.Lanes);
        inputs.Block7 = TMemory.LoadMatrices(staged, first + 7 * MatrixLayout.Lanes);
        return inputs;
    }
}

/// <summary>A lane's sums of 16 columns and 64 rows. Written out, since ILGPU leaves loops as they are, and arrays in memory.</summary>
public struct ColumnSums
{
    /// <summary>Sums in a lane.</summary>
    public const int Count = 4 * Blocks;

    private const int Blocks = 8;

    private MatrixSums _block0;
    private MatrixSums _block1;
    private MatrixSums _block2;
    private MatrixSums _block3;
    private MatrixSums _block4;
    private MatrixSums _block5;
    private MatrixSums _block6;
    private MatrixSums _block7;

    /// <summary>Adds the products of a step to the sums.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="first">This lane's first packet of the block's weights, see <see cref="MatrixLayout"/>.</param>
    /// <param name="second">Its second one.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnSums MultiplyAdd<TUnit>(ColumnSums sums, Packet first, Packet second, RowInputs inputs, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
    {
        TUnit.Announce(first, second, inputs, exchange);
        sums._block0 = MatrixProduct.MultiplyAdd<TUnit>(sums._block0, first, second, inputs.Block0, exchange);
        sums._block1 = MatrixProduct.MultiplyAdd<TUnit>(sums._block1, first, second, inputs.Block1, exchange);
        sums._block2 = MatrixProduct.MultiplyAdd<TUnit>(sums._block2, first, second, inputs.Block2, exchange);
        sums._block3 = MatrixProduct.MultiplyAdd<TUnit>(sums._block3, first, second, inputs.Block3, exchange);
        sums._block4 = MatrixProduct.MultiplyAdd<TUnit>(sums._block4, first, second, inputs.Block4, exchange);
        sums._block5 = MatrixProduct.MultiplyAdd<TUnit>(sums._block5, first, second, inputs.Block5, exchange);
        sums._block6 = MatrixProduct.MultiplyAdd<TUnit>(sums._block6, first, second, inputs.Block6, exchange);
        sums._block7 = MatrixProduct.MultiplyAdd<TUnit>(sums._block7, first, second, inputs.Block7, exchange);
        return sums;
    }

    /// <summary>Adds sums, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnSums Add(ColumnSums left, ColumnSums right)
    {
        left._block0 = MatrixProduct.Add(left._block0, right._block0);
        left._block1 = MatrixProduct.Add(left._block1, right._block1);
        left._block2 = MatrixProduct.Add(left._block2, right._block2);
        left._block3 = MatrixProduct.Add(left._block3, right._block3);
        left._block4 = MatrixProduct.Add(left._block4, right._block4);
        left._block5 = MatrixProduct.Add(left._block5, right._block5);
        left._block6 = MatrixProduct.Add(left._block6, right._block6);
        left._block7 = MatrixProduct.Add(left._block7, right._block7);
        return left;
    }

    /// <summary>Lays the sums out, one <paramref name="stride"/> after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ColumnSums sums, ArrayView<float> target, long first, int stride)
    {
        MatrixProduct.Store(sums._block0, target, first, stride);
        MatrixProduct.Store(sums._block1, target, first + 4 * stride, stride);
        MatrixProduct.Store(sums._block2, target, first + 8 * stride, stride);
        MatrixProduct.Store(sums._block3, target, first + 12 * stride, stride);
        MatrixProduct.Store(sums._block4, target, first + 16 * stride, stride);
        MatrixProduct.Store(sums._block5, target, first + 20 * stride, stride);
        MatrixProduct.Store(sums._block6, target, first + 24 * stride, stride);
        MatrixProduct.Store(sums._block7, target, first + 28 * stride, stride);
    }

    /// <summary>Adds to the sums what was laid out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnSums AddStored(ColumnSums sums, ArrayView<float> source, long first, int stride, uint mask)
    {
        sums._block0 = MatrixProduct.Add(sums._block0, MatrixProduct.Load(source, first, stride, mask));
        sums._block1 = MatrixProduct.Add(sums._block1, MatrixProduct.Load(source, first + 4 * stride, stride, mask));
        sums._block2 = MatrixProduct.Add(sums._block2, MatrixProduct.Load(source, first + 8 * stride, stride, mask));
        sums._block3 = MatrixProduct.Add(sums._block3, MatrixProduct.Load(source, first + 12 * stride, stride, mask));
        sums._block4 = MatrixProduct.Add(sums._block4, MatrixProduct.Load(source, first + 16 * stride, stride, mask));
        sums._block5 = MatrixProduct.Add(sums._block5, MatrixProduct.Load(source, first + 20 * stride, stride, mask));
        sums._block6 = MatrixProduct.Add(sums._block6, MatrixProduct.Load(source, first + 24 * stride, stride, mask));
        sums._block7 = MatrixProduct.Add(sums._block7, MatrixProduct.Load(source, first + 28 * stride, stride, mask));
        return sums;
    }

    /// <summary>Gives the finished sums on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TFinish>(ColumnSums sums, LinearTarget target)
        where TFinish : struct, IFinish
    {
        LinearTarget.Finish<TFinish>(target, sums._block0, 0);
        LinearTarget.Finish<TFinish>(target, sums._block1, 8);
        LinearTarget.Finish<TFinish>(target, sums._block2, 16);
        LinearTarget.Finish<TFinish>(target, sums._block3, 24);
        LinearTarget.Finish<TFinish>(target, sums._block4, 32);
        LinearTarget.Finish<TFinish>(target, sums._block5, 40);
        LinearTarget.Finish<TFinish>(target, sums._block6, 48);
        LinearTarget.Finish<TFinish>(target, sums._block7, 56);
    }
}
