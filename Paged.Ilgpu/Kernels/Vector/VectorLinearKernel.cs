using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// Linear layer, output = input × weightᵀ + bias, for devices that compute with vector registers. A group is one work item; it computes sixteen
/// columns (output features) of a tile of rows. The pieces of a sum are those of <see cref="LinearKernel"/>.
/// </summary>
public static class VectorLinearKernel
{
    /// <summary>Columns of one work item, two tiles.</summary>
    public const int Columns = 2 * PackedLayout.ColumnsPerTile;

    /// <summary>Rows of the highest tile: its sums take sixteen vector registers, and more would not stay in them.</summary>
    public const int LargestHeight = 8;

    /// <summary>The kernel. Grid: [rows / tile height, columns / 16], both rounded up, so that groups that follow each other share weights.</summary>
    public static void Run<TWeight, TTile, TWrite>(
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
        where TTile : struct, IColumnTile<TTile>
        where TWrite : struct, IWrite
    {
        int inputsPerWord = WordLayout.InputsPerWord<TWeight>();
        int words = inputOctets * WordLayout.WordsPerOctet<TWeight>();
        int wordsPerPiece = octetsPerPiece * WordLayout.WordsPerOctet<TWeight>();
        int stride = inputOctets * Octet.Length;
        int firstRow = Grid.IdxX * TTile.Height;
        long firstInput = (long)firstRow * stride;

        // Where the columns end with the first tile the second one is that tile again, and is not written.
        int tile = 2 * Grid.IdxY;
        long low = WordLayout.FirstPacket<TWeight>(tile, inputOctets);
        long high = WordLayout.FirstPacket<TWeight>(IntrinsicMath.Min(tile + 1, (columns - 1) / PackedLayout.ColumnsPerTile), inputOctets);

        TTile total = default;
        for (int pieceStart = 0; pieceStart < words; pieceStart += wordsPerPiece)
        {
            int pieceEnd = IntrinsicMath.Min(pieceStart + wordsPerPiece, words);
            TTile piece = default;
            for (int word = pieceStart; word < pieceEnd; word++)
            {
                long packet = (long)word * WordLayout.PacketsPerWord;
                Packet low0 = weight[low + packet];
                Packet low4 = weight[low + packet + 1];
                Packet high0 = weight[high + packet];
                Packet high4 = weight[high + packet + 1];
                long element = firstInput + word * inputsPerWord;
                piece = TTile.MultiplyAdd(
                    piece, WordLayout.Widen<TWeight>(low0, low4, 0), WordLayout.Widen<TWeight>(high0, high4, 0), input, element, stride);
                if (inputsPerWord == 2)
                {
                    piece = TTile.MultiplyAdd(
                        piece, WordLayout.Widen<TWeight>(low0, low4, 1), WordLayout.Widen<TWeight>(high0, high4, 1), input, element + 1, stride);
                }
            }

            total = TTile.Add(total, piece);
        }

        TTile.ForEach(total, new ColumnsReceiver<TWrite>(output, bias, rows, columns, Grid.IdxY * Columns, outputStride), firstRow);
    }

    private readonly struct ColumnsReceiver<TWrite>(
        ArrayView<float> output, ArrayView<float> bias, int rows, int columns, int firstColumn, int stride) : IColumnReceiver
        where TWrite : struct, IWrite
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Receive(int row, in Octet low, in Octet high)
        {
            if (row >= rows)
                return;
            Write((long)row * stride, firstColumn, low);
            Write((long)row * stride, firstColumn + PackedLayout.ColumnsPerTile, high);
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
