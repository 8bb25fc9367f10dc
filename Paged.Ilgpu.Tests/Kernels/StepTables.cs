using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>The metadata of a step whose sequences' blocks lie scattered in a pool that has others too.</summary>
internal sealed class StepTables
{
    private readonly List<int> _positions = []; // [token]
    private readonly List<int> _tokenSequences = []; // [token]
    private readonly List<int> _sequenceStarts = [0]; // [sequence + 1]
    private readonly List<int> _contextLengths = []; // [sequence]
    private readonly List<int> _blockTableStarts = [0]; // [sequence + 1]
    private readonly List<int> _blockIds = []; // [blockTableStarts[sequence] + position / blockSize]
    private readonly int _blockSize;

    /// <param name="runs">Each sequence's tokens of this step: their first position, and how many.</param>
    /// <param name="blockSize">Slots of one block.</param>
    /// <param name="placementSeed">Decides which blocks of the pool are taken.</param>
    public StepTables(IReadOnlyList<(int FirstPosition, int Length)> runs, int blockSize, int placementSeed)
    {
        _blockSize = blockSize;
        int needed = runs.Sum(run => BlocksFor(run.FirstPosition + run.Length));
        BlockCount = needed + 3;
        int[] ids = [.. Enumerable.Range(0, BlockCount)];
        new Random(placementSeed).Shuffle(ids);
        for (int sequence = 0; sequence < runs.Count; sequence++)
        {
            (int firstPosition, int length) = runs[sequence];
            _positions.AddRange(Enumerable.Range(firstPosition, length));
            _tokenSequences.AddRange(Enumerable.Repeat(sequence, length));
            _sequenceStarts.Add(_positions.Count);
            _contextLengths.Add(firstPosition + length);
            _blockIds.AddRange(ids.AsSpan(_blockIds.Count, BlocksFor(firstPosition + length)));
            _blockTableStarts.Add(_blockIds.Count);
        }
    }

    /// <summary>Blocks of the pool.</summary>
    public int BlockCount { get; }

    /// <summary>Tokens that the step runs.</summary>
    public int TokenCount => _positions.Count;

    /// <summary>[sequence + 1] first token of the sequence's run.</summary>
    public IReadOnlyList<int> SequenceStarts => _sequenceStarts;

    /// <summary>
    /// The element at which a head's key or value begins, in a pool [block, layer, key or value, kvHead, slot, headDim padded to octets].
    /// </summary>
    public int Element(
        int sequence, int position, int layer, bool isValue, int keyValueHead, int layerCount, int keyValueHeadCount, int headDim)
    {
        int block = _blockIds[_blockTableStarts[sequence] + position / _blockSize];
        int half = (block * layerCount + layer) * 2 + (isValue ? 1 : 0);
        return ((half * keyValueHeadCount + keyValueHead) * _blockSize + position % _blockSize) * Packing.PaddedWidth(headDim);
    }

    /// <summary>Brings the tables to a device.</summary>
    public StepView Upload(KernelDevice device) => new()
    {
        TokenIds = device.Upload(new int[TokenCount]),
        Positions = device.Upload([.. _positions]),
        TokenSequences = device.Upload([.. _tokenSequences]),
        SequenceStarts = device.Upload([.. _sequenceStarts]),
        ContextLengths = device.Upload([.. _contextLengths]),
        BlockTableStarts = device.Upload([.. _blockTableStarts]),
        BlockIds = device.Upload([.. _blockIds]),
        LogitTokens = device.Upload(0),
    };

    private int BlocksFor(int positions) => (positions + _blockSize - 1) / _blockSize;
}
