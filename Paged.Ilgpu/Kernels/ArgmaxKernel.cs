using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Greedy choice: the id of the largest logit, of equal ones the lowest. A row is cut into pieces, a group each, so that a single row keeps a
/// whole device busy; the best ids of the pieces are then compared by a group a row. The choice does not depend on the cut.
/// </summary>
public static class ArgmaxKernel
{
    /// <summary>Written for a row in which a logit is not a number.</summary>
    public const int NotANumber = -1;

    /// <summary>Logits of a piece.</summary>
    public const int PieceLength = 2048;

    private const int Finalists = 16;

    /// <summary>Pieces of a row.</summary>
    public static int PiecesFor(int vocabulary) => (vocabulary + PieceLength - 1) / PieceLength;

    /// <summary>Chooses in each piece. Grid: [row, piece].</summary>
    public static void Run(
        ArrayView<float> logits, // [row, stride]
        ArrayView<int> bestIds, // [row, piece]
        int vocabulary,
        int stride,
        int pieceLength,
        SpecializedValue<int> groupSize)
    {
        const int AtOnce = 4;
        LaunchOrder.AwaitPrevious();
        long row = (long)Grid.IdxX * stride;
        int id = Grid.IdxY * pieceLength + Group.IdxX;
        int end = Math.Min(vocabulary, (Grid.IdxY + 1) * pieceLength);
        Choice best = Choice.None(vocabulary);

        // Four reads are on their way at once.
        for (; id + (AtOnce - 1) * groupSize < end; id += AtOnce * groupSize)
        {
            float logit0 = logits[row + id];
            float logit1 = logits[row + id + groupSize];
            float logit2 = logits[row + id + 2 * groupSize];
            float logit3 = logits[row + id + 3 * groupSize];
            best.Meet(logit0, id);
            best.Meet(logit1, id + groupSize);
            best.Meet(logit2, id + 2 * groupSize);
            best.Meet(logit3, id + 3 * groupSize);
        }

        for (; id < end; id += groupSize)
            best.Meet(logits[row + id], id);
        Agree(ref best, groupSize);
        if (Group.IdxX == 0)
            bestIds[Grid.IdxX * Grid.DimY + Grid.IdxY] = best.Id;
    }

    /// <summary>Chooses among the best of the pieces. Grid: [row].</summary>
    public static void Merge(
        ArrayView<float> logits, // [row, stride]
        ArrayView<int> bestOfPieces, // [row, piece]
        ArrayView<int> bestIds, // [row]
        int vocabulary,
        int stride,
        int pieces,
        SpecializedValue<int> groupSize)
    {
        LaunchOrder.AwaitPrevious();
        long row = (long)Grid.IdxX * stride;
        Choice best = Choice.None(vocabulary);
        for (int piece = Group.IdxX; piece < pieces; piece += groupSize)
        {
            int id = bestOfPieces[Grid.IdxX * pieces + piece];
            if (id == NotANumber)
                best.Id = NotANumber;
            else
                best.Meet(logits[row + id], id);
        }

        Agree(ref best, groupSize);
        if (Group.IdxX == 0)
            bestIds[Grid.IdxX] = best.Id;
    }

    // Brings the best choice of the group to its first item, in two rounds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Agree(ref Choice best, int groupSize)
    {
        if (groupSize == 1)
            return;
        ArrayView<float> logits = SharedMemory.Allocate<float>(groupSize);
        ArrayView<int> ids = SharedMemory.Allocate<int>(groupSize);
        logits[Group.IdxX] = best.Logit;
        ids[Group.IdxX] = best.Id;
        Group.Barrier();
        if (groupSize > Finalists)
        {
            if (Group.IdxX < Finalists)
            {
                for (int item = Group.IdxX + Finalists; item < groupSize; item += Finalists)
                    best.Meet(logits[item], ids[item]);
                logits[Group.IdxX] = best.Logit;
                ids[Group.IdxX] = best.Id;
            }

            Group.Barrier();
        }

        if (Group.IdxX == 0)
        {
            for (int item = 1; item < Finalists && item < groupSize; item++)
                best.Meet(logits[item], ids[item]);
        }
    }

    /// <summary>The best so far. Once a logit was not a number, that stays.</summary>
    private struct Choice
    {
        public float Logit;
        public int Id;
        private int _none; // the id of no choice: one more than the highest

        public static Choice None(int vocabulary)
        {
            Choice choice;
            choice.Logit = float.NegativeInfinity;
            choice.Id = vocabulary;
            choice._none = vocabulary;
            return choice;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Meet(float logit, int id)
        {
            if (float.IsNaN(logit) || id == NotANumber || Id == NotANumber)
            {
                Id = NotANumber;
            }
            else if (id != _none && (logit > Logit || Id == _none || (logit == Logit && id < Id)))
            {
                Logit = logit;
                Id = id;
            }
        }
    }
}
