using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Linear layer, output = input × weightᵀ × scales + bias. A work item computes one column (output feature) of a tile of rows; a group takes as many
/// neighbouring columns as it has items. Items share nothing, so the kernel has no barrier at any group size.
/// </summary>
public static class LinearKernel
{
    /// <summary>The kernel. Grid: [columns / group size, rows / tile height], both rounded up.</summary>
    public static void Run<TWeight, TTile, TWrite>(
        ArrayView<Packet> input, // [row, inputOctet], float32 rounded to the weights' type; readable up to a whole tile of rows
        ArrayView<Packet> weight, // packed [column, input], see PackedLayout
        ArrayView<float> scales, // [column]; any view where TWeight has none
        ArrayView<float> bias, // [column]; any view where TWrite adds none
        ArrayView<float> output, // [row, outputStride]
        int rows,
        int columns,
        int inputOctets,
        int octetsPerPiece,
        int outputStride,
        SpecializedValue<int> groupSize)
        where TWeight : struct, IWeightElement
        where TTile : struct, IRowTile<TTile>
        where TWrite : struct, IWrite
    {
        int column = Grid.IdxX * groupSize + Group.IdxX;
        if (column >= columns)
            return;

        int firstRow = Grid.IdxY * TTile.Height;
        long firstInput = (long)firstRow * inputOctets;
        long firstWeight = PackedLayout.FirstOctet(column, inputOctets);
        TTile total = default;
        for (int pieceStart = 0; pieceStart < inputOctets; pieceStart += octetsPerPiece)
        {
            int pieceEnd = IntrinsicMath.Min(pieceStart + octetsPerPiece, inputOctets);
            TTile piece = default;
            for (int octet = pieceStart; octet < pieceEnd; octet++)
            {
                Octet factor = TWeight.Load(weight, firstWeight + (long)octet * PackedLayout.ColumnsPerTile);
                piece = TTile.MultiplyAdd(piece, factor, input, firstInput + octet, inputOctets);
            }

            total = TTile.Add(total, piece);
        }

        TTile.ForEach(total, new ColumnReceiver<TWeight, TWrite>(output, scales, TWrite.LoadBias(bias, column), rows, column, outputStride), firstRow);
    }

    private readonly struct ColumnReceiver<TWeight, TWrite>(
        ArrayView<float> output, ArrayView<float> scales, float bias, int rows, int column, int stride) : IRowReceiver
        where TWeight : struct, IWeightElement
        where TWrite : struct, IWrite
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Receive(int row, float sum)
        {
            if (row < rows)
                TWrite.Write(output, (long)row * stride + column, TWeight.Scale(sum, scales, column), bias);
        }
    }
}
