using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// Linear layer, output = input × weightᵀ + bias, for devices that compute with vector registers. A group is one work item; it computes a
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
        ArrayView<float> bias, // [column]; any view where TWrite adds none
        ArrayView<float> output, // [row, outputStride]
        int rows,
        int columns,
        int inputOctets,
        int octetsPerPiece,
        int outputStride)
        where TWeight : struct, IElement
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

        TBlock.ForEach(total, new ColumnsReceiver<TWrite>(output, bias, rows, columns, outputStride), firstRow, firstColumn);
    }

    private readonly struct ColumnsReceiver<TWrite>(
        ArrayView<float> output, ArrayView<float> bias, int rows, int columns, int stride) : IColumnReceiver
        where TWrite : struct, IWrite
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Receive(int row, int column, in Octet low, in Octet high)
        {
            if (row >= rows)
                return;
            Write((long)row * stride, column, low);
            Write((long)row * stride, column + PackedLayout.ColumnsPerTile, high);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Write(long rowStart, int column, in Octet sums)
        {
            long index = rowStart + column;
            if (column + Octet.Length <= columns)
            {
                TWrite.Write(output, index, sums.E0, TWrite.LoadBias(bias, column));
                TWrite.Write(output, index + 1, sums.E1, TWrite.LoadBias(bias, column + 1));
                TWrite.Write(output, index + 2, sums.E2, TWrite.LoadBias(bias, column + 2));
                TWrite.Write(output, index + 3, sums.E3, TWrite.LoadBias(bias, column + 3));
                TWrite.Write(output, index + 4, sums.E4, TWrite.LoadBias(bias, column + 4));
                TWrite.Write(output, index + 5, sums.E5, TWrite.LoadBias(bias, column + 5));
                TWrite.Write(output, index + 6, sums.E6, TWrite.LoadBias(bias, column + 6));
                TWrite.Write(output, index + 7, sums.E7, TWrite.LoadBias(bias, column + 7));
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
                TWrite.Write(output, index + offset, tail[offset], TWrite.LoadBias(bias, column + offset));
        }
    }
}
