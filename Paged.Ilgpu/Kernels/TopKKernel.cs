using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// The likeliest tokens of a row, the largest logit first, of equal ones the lowest id: a list that does not depend on how the row is cut. A
/// group walks its piece a tile at a time and gathers what is above a bar. When there is no room for another tile, each gathered token counts those
/// before it, which is its place among them; the best stay, and the last of these is the bar from there on. The lists of a row's pieces
/// are a row again, for the same kernel.
/// </summary>
public static class TopKKernel
{
    /// <summary>Tokens of a list.</summary>
    public const int ListLength = 64;

    /// <summary>Logits of a piece.</summary>
    public const int PieceLength = 2048;

    /// <summary>The id of an entry behind the last token, where a row has fewer than a list has entries.</summary>
    public const int None = int.MaxValue;

    private const int TileLength = 128;
    private const int Room = 2 * TileLength;

    /// <summary>Pieces of a row.</summary>
    public static int PiecesFor(int vocabulary) => (vocabulary + PieceLength - 1) / PieceLength;

    /// <summary>
    /// The kernel. Grid: [row, piece]. Where a logit is not a number the row's list means nothing: <see cref="ArgmaxKernel"/> says so.
    /// </summary>
    public static void Run<TSource>(
        TSource source,
        ArrayView<TokenLogit> likeliest, // [row, piece, place]
        int length, // of a row
        int pieceLength,
        SpecializedValue<int> groupSize)
        where TSource : struct, ITokenLogits
    {
        ArrayView<float> logits = SharedMemory.Allocate<float>(2 * Room); // [half, entry]
        ArrayView<int> ids = SharedMemory.Allocate<int>(2 * Room); // [half, entry]
        ArrayView<int> gathered = SharedMemory.Allocate<int>(1);
        int half = 0; // where the entries are: 0 or Room
        int count = 0;
        bool hasBar = false;
        float bar = 0;
        if (Group.IdxX == 0)
            gathered[0] = 0;
        Barrier(groupSize);

        int end = Math.Min(length, (Grid.IdxY + 1) * pieceLength);
        for (int tile = Grid.IdxY * pieceLength; tile < end; tile += TileLength)
        {
            int tileEnd = Math.Min(end, tile + TileLength);
            for (int index = tile + Group.IdxX; index < tileEnd; index += groupSize)
            {
                // One that equals the bar has a higher id. The order of gathering is any: ranking brings the entries into theirs.
                TokenLogit token = source.Read(Grid.IdxX, index);
                if (token.Id != None && (!hasBar || token.Logit > bar))
                {
                    int entry = half + Take(gathered, groupSize);
                    logits[entry] = token.Logit;
                    ids[entry] = token.Id;
                }
            }

            Barrier(groupSize);
            count = gathered[0];
            Barrier(groupSize);
            if (count <= Room - TileLength)
                continue;
            Rank(logits, ids, half, count, groupSize);
            half = Room - half;
            count = ListLength;
            if (Group.IdxX == 0)
                gathered[0] = ListLength;
            Barrier(groupSize);
            hasBar = true;
            bar = logits[half + ListLength - 1];
        }

        Rank(logits, ids, half, count, groupSize);
        half = Room - half;
        Barrier(groupSize);
        long first = ((long)Grid.IdxX * Grid.DimY + Grid.IdxY) * ListLength;
        for (int place = Group.IdxX; place < ListLength; place += groupSize)
            likeliest[first + place] = place < count ? new TokenLogit(logits[half + place], ids[half + place]) : new TokenLogit(float.NegativeInfinity, None);
    }

    // Writes the best entries of one half, in their order, into the other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rank(ArrayView<float> logits, ArrayView<int> ids, int half, int count, int groupSize)
    {
        for (int entry = Group.IdxX; entry < count; entry += groupSize)
        {
            float logit = logits[half + entry];
            int id = ids[half + entry];
            int place = 0;
            for (int other = half; other < half + count; other++)
            {
                float otherLogit = logits[other];
                if (otherLogit > logit || (otherLogit == logit && ids[other] < id))
                    place++;
            }

            if (place < ListLength)
            {
                logits[Room - half + place] = logit;
                ids[Room - half + place] = id;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Take(ArrayView<int> gathered, int groupSize)
    {
        if (groupSize > 1)
            return Atomic.Add(ref gathered[0], 1);
        int taken = gathered[0];
        gathered[0] = taken + 1;
        return taken;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Barrier(int groupSize)
    {
        if (groupSize > 1)
            Group.Barrier();
    }
}
