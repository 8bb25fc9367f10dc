using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The rows that a group of an attention kernel computes, 16 a warp.</summary>
internal struct TileRows
{
    /// <summary>Rows of a warp.</summary>
    public const int PerWarp = 16;

    /// <summary>Rows of the group that there are.</summary>
    public int Count;

    /// <summary>Positions that the last of them sees.</summary>
    public int Context;

    private int _firstToken;
    private int _firstPosition;
    private int _firstRow;

    /// <summary>The rows of a tile, or of a part of it.</summary>
    /// <param name="step">The step.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="shape">The heads.</param>
    /// <param name="skipped">Rows of the tile before the group's.</param>
    /// <param name="most">Rows of the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TileRows Of(StepView step, AttentionTile tile, AttentionShape shape, int skipped, int most)
    {
        TileRows rows;
        rows._firstToken = step.SequenceStarts[tile.Sequence];
        int runLength = step.SequenceStarts[tile.Sequence + 1] - rows._firstToken;
        rows._firstPosition = step.ContextLengths[tile.Sequence] - runLength;
        rows._firstRow = tile.FirstRow + skipped;
        rows.Count = IntrinsicMath.Min(most, runLength * shape.HeadsPerKeyValueHead - rows._firstRow);
        rows.Context = rows._firstPosition + (rows._firstRow + rows.Count - 1) / shape.HeadsPerKeyValueHead + 1;
        return rows;
    }

    /// <summary>How many positions the rows of a lane see.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowContexts ContextsOf(TileRows rows, AttentionShape shape)
    {
        int row = rows._firstRow + (Group.IdxX >> 5) * PerWarp + (Group.IdxX >> 2 & 7);
        RowContexts result;
        result.First = rows._firstPosition + row / shape.HeadsPerKeyValueHead + 1;
        result.Second = rows._firstPosition + (row + 8) / shape.HeadsPerKeyValueHead + 1;
        return result;
    }

    /// <summary>Starts the copy of the rows' queries, [part, row, octet], into the beginning of shared memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartQueries<TMemory, TSums, TParts>(
        TileRows rows, AttentionShape shape, KvLayout layout, int keyValueHead, PacketSource queries, StagedPackets staged, int warps)
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        int octets = TSums.Octets * TParts.Count;
        long first = ((long)keyValueHead * shape.TokenCapacity + rows._firstToken) * shape.HeadsPerKeyValueHead + rows._firstRow;
        for (int packet = Group.IdxX; packet < warps * PerWarp * octets; packet += warps * MatrixLayout.Lanes)
        {
            int row = PacketDivision.By(packet, octets);
            int octet = packet - row * octets;
            int part = TParts.Count == 1 ? 0 : octet >> 4;
            int place = QueryPlace<TSums>(part, (row & ~7) + ScoreTile.PlaceOf(row & 7), warps) + octet - part * TSums.Octets;
            TMemory.StartCopy(
                staged, place, queries, (first + row) * layout.HeadOctets + octet, (row < rows.Count) & (octet < layout.HeadOctets));
        }
    }

    /// <summary>The first packet of a row of the queries in shared memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int QueryPlace<TSums>(int part, int row, int warps)
        where TSums : struct, IHeadSums<TSums> => (part * warps * PerWarp + row) * (TSums.Octets + 1);

    /// <summary>Writes the results of a lane's rows.</summary>
    /// <param name="rows">The group's rows.</param>
    /// <param name="shape">The heads.</param>
    /// <param name="sums">The lane's sums.</param>
    /// <param name="states">The lane's rows.</param>
    /// <param name="output">[token, outputStride], heads side by side.</param>
    /// <param name="keyValueHead">The KV head.</param>
    /// <param name="part">The part of the head.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TInput, TSums>(
        TileRows rows, AttentionShape shape, TSums sums, RowStates states, ArrayView<Packet> output, int keyValueHead, int part)
        where TInput : struct, IElement
        where TSums : struct, IHeadSums<TSums>
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int row = (Group.IdxX >> 5) * PerWarp + (lane >> 2);
        int element = part * TSums.Octets * Octet.Length + 2 * (lane & 3);
        int count = shape.HeadDim - element;
        if (row < rows.Count)
            TSums.Finish<TInput>(sums, 0, 1 / states.Sum0, output, OutputOf(rows, shape, row, keyValueHead) + element, count);
        if (row + 8 < rows.Count)
            TSums.Finish<TInput>(sums, 1, 1 / states.Sum1, output, OutputOf(rows, shape, row + 8, keyValueHead) + element, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long OutputOf(TileRows rows, AttentionShape shape, int row, int keyValueHead)
    {
        int token = (rows._firstRow + row) / shape.HeadsPerKeyValueHead;
        int head = keyValueHead * shape.HeadsPerKeyValueHead + rows._firstRow + row - token * shape.HeadsPerKeyValueHead;
        return (long)(rows._firstToken + token) * shape.OutputStride + (long)head * shape.HeadDim;
    }
}

/// <summary>How many positions the two rows of a lane see.</summary>
internal struct RowContexts
{
    /// <summary>Of the first row.</summary>
    public int First;

    /// <summary>Of the second row.</summary>
    public int Second;
}
