using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// Linear layer, output = input × weightᵀ × scales + bias, for devices that compute with vector registers. A group is one work item; it computes a
/// block of columns (output features) of a tile of rows. The pieces of a sum are those of <see cref="LinearKernel"/>.
/// </summary>
public static class VectorLinearKernel
{
    /// <summary>Rows of the highest tile: its sums take sixteen vector registers, and more would not stay in them.</summary>
    public const int LargestHeight = 8;

    /// <summary>The kernel. Grid: [rows / height, columns / block], both rounded up, so that groups that follow each other share weights.</summary>
    public static void Run<TWeight, TBlock, TWrite>(
        ArrayView<float> input, // [row, inputOctet, element], rounded to the weights' type; readable up to a whole tile of rows
        ArrayView<Packet> weight, // packed [column, input], see WordLayout
        ArrayView<float> scales, // [column]; any view where TWeight has none
        ArrayView<float> bias, // [column]; any view where TWrite adds none
        ArrayView<float> output, // [row, outputStride]
        int rows,
        int columns,
        int inputOctets,
        int octetsPerPiece,
        int outputStride)
        where TWeight : struct, IWeightElement
        where TBlock : struct, IColumnBlock<TBlock>
        where TWrite : struct, IWrite
    {
        int inputsPerWord = WordLayout.InputsPerWord<TWeight>();
        int words = inputOctets * WordLayout.WordsPerOctet<TWeight>();
        int wordsPerPiece = octetsPerPiece * WordLayout.WordsPerOctet<TWeight>();
        int stride = inputOctets * Octet.Length;
        int firstRow = Grid.IdxX * TBlock.Height;
        int firstColumn = Grid.IdxY * TBlock.Columns;
        long firstInput = (long)firstRow * stride;
        var tiles = new WeightTiles(weight, (columns - 1) / PackedLayout.ColumnsPerTile, inputOctets);

        TBlock total = default;
        for (int pieceStart = 0; pieceStart < words; pieceStart += wordsPerPiece)
        {
            int pieceEnd = IntrinsicMath.Min(pieceStart + wordsPerPiece, words);
            TBlock piece = default;
            for (int word = pieceStart; word < pieceEnd; word++)
            {
                piece = TBlock.MultiplyAdd<TWeight>(
                    piece, tiles, firstColumn / PackedLayout.ColumnsPerTile, word, input, firstInput + word * inputsPerWord, stride);
            }

            total = TBlock.Add(total, piece);
        }

        TBlock.ForEach(total, new ColumnsReceiver<TWeight, TWrite>(output, scales, bias, rows, columns, outputStride), firstRow, firstColumn);
    }

    private readonly struct ColumnsReceiver<TWeight, TWrite>(
        ArrayView<float> output, ArrayView<float> scales, ArrayView<float> bias, int rows, int columns, int stride) : IColumnReceiver
        where TWeight : struct, IWeightElement
        where TWrite : struct, IWrite
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Receive(int row, int column, in Octet low, in Octet high)
        {
            if (row >= rows)
                return;
            WriteOctet((long)row * stride, column, low);
            WriteOctet((long)row * stride, column + PackedLayout.ColumnsPerTile, high);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Write(long index, int column, float sum) =>
            TWrite.Write(output, index, TWeight.Scale(sum, scales, column), TWrite.LoadBias(bias, column));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void WriteOctet(long rowStart, int column, in Octet sums)
        {
            long index = rowStart + column;
            if (column + Octet.Length <= columns)
            {
                Write(index, column, sums.E0);
                Write(index + 1, column + 1, sums.E1);
                Write(index + 2, column + 2, sums.E2);
                Write(index + 3, column + 3, sums.E3);
                Write(index + 4, column + 4, sums.E4);
                Write(index + 5, column + 5, sums.E5);
                Write(index + 6, column + 6, sums.E6);
                Write(index + 7, column + 7, sums.E7);
                return;
            }

            // What ends a row goes through memory, so that the sums stay whole vectors.
            ArrayView<float> tail = LocalMemory.Allocate<float>(Octet.Length);
            tail[0] = sums.E0;
            tail[1] = sums.E1;
            tail[2] = sums.E2;
            tail[3] = sums.E3;
            tail[4] = sums.E4;
            tail[5] = sums.E5;
            tail[6] = sums.E6;
            tail[7] = sums.E7;
            for (int offset = 0; offset < columns - column; offset++)
                Write(index + offset, column + offset, tail[offset]);
        }
    }
}
