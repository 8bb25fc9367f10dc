using System.Text;
using Microsoft.ML.Tokenizers;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Merges the characters of one piece. The library merges; here is what it lacks: bytes in place of unknown characters, and cuts where no
/// token could cross, without which its time grows with the square of a piece's length.
/// </summary>
internal sealed class BpeMerger
{
    private readonly BpeTokenizer _merges;
    private readonly Dictionary<string, int> _vocabulary;
    private readonly HashSet<long> _neighbours = []; // pairs of characters that stand side by side in some token
    private readonly int[]? _byteIds; // [byte]; null where unknown characters do not become bytes
    private readonly int? _unknownId;
    private readonly bool _takesWholePieces;
    private readonly bool _fusesUnknown;

    /// <exception cref="PagedException">A merge is not one of two tokens to a third, or comes twice.</exception>
    public BpeMerger(BpeDescription description)
    {
        _vocabulary = description.Vocabulary;
        _takesWholePieces = description.TakesWholePieces;
        _fusesUnknown = description.FusesUnknown;
        _unknownId = description.UnknownToken is { } unknown && _vocabulary.TryGetValue(unknown, out int id) ? id : null;
        if (description.FallsBackToBytes)
            _byteIds = [.. Enumerable.Range(0, 256).Select(value => _vocabulary.GetValueOrDefault($"<0x{value:X2}>", -1))];
        RequireMerges(description);
        _merges = BpeTokenizer.Create(new BpeOptions(_vocabulary) { Merges = description.Merges });
        foreach (string merge in description.Merges)
            AddNeighbours(merge);
    }

    /// <summary>Appends the ids of a piece.</summary>
    public void Encode(string piece, List<int> ids)
    {
        if (_takesWholePieces && _vocabulary.TryGetValue(piece, out int whole))
        {
            ids.Add(whole);
            return;
        }

        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> vocabulary = _vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        int begin = 0;
        int before = -1; // the character before, -1 where there is none to merge with
        bool isUnknown = false;
        for (int i = 0; i < piece.Length;)
        {
            Rune.DecodeFromUtf16(piece.AsSpan(i), out Rune rune, out int length);
            bool isKnown = vocabulary.ContainsKey(piece.AsSpan(i, length));
            if (!isKnown || (before >= 0 && !_neighbours.Contains(Pair(before, rune.Value))))
            {
                Merge(piece.AsSpan(begin, i - begin), ids);
                begin = i;
            }

            if (!isKnown)
            {
                AddUnknown(rune, ids, followsUnknown: isUnknown);
                begin = i + length;
            }

            before = isKnown ? rune.Value : -1;
            isUnknown = !isKnown;
            i += length;
        }

        Merge(piece.AsSpan(begin), ids);
    }

    private void Merge(ReadOnlySpan<char> part, List<int> ids)
    {
        if (!part.IsEmpty)
            ids.AddRange(_merges.EncodeToIds(part, considerPreTokenization: false, considerNormalization: false));
    }

    private void AddUnknown(Rune rune, List<int> ids, bool followsUnknown)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes = bytes[..rune.EncodeToUtf8(bytes)];
        if (_byteIds is not null && !IdsOf(bytes).Contains(-1))
            ids.AddRange(IdsOf(bytes));
        else if (_unknownId is { } unknown && !(_fusesUnknown && followsUnknown && ids.Count > 0 && ids[^1] == unknown))
            ids.Add(unknown);
    }

    private int[] IdsOf(ReadOnlySpan<byte> bytes)
    {
        var ids = new int[bytes.Length];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = _byteIds![bytes[i]];
        return ids;
    }

    private static void RequireMerges(BpeDescription description)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < description.Merges.Count; i++)
        {
            string merge = description.Merges[i];
            int space = merge.IndexOf(' ', StringComparison.Ordinal);
            bool isRight = space > 0 && merge.LastIndexOf(' ') == space
                && description.Vocabulary.ContainsKey(merge[..space])
                && description.Vocabulary.ContainsKey(merge[(space + 1)..])
                && description.Vocabulary.ContainsKey(merge.Remove(space, 1));
            if (!isRight || !seen.Add(merge))
            {
                throw new PagedException($"The tokenizer {description.Origin} is damaged: merge {i} is {Config.Quoted.Of(merge)}, "
                    + "expected two tokens whose joint text is a token, once.");
            }
        }
    }

    // Only where the two parts of a merge meet can a cut separate what would be merged.
    private void AddNeighbours(string merge)
    {
        int space = merge.IndexOf(' ', StringComparison.Ordinal);
        Rune.DecodeLastFromUtf16(merge.AsSpan(0, space), out Rune left, out _);
        Rune.DecodeFromUtf16(merge.AsSpan(space + 1), out Rune right, out _);
        _neighbours.Add(Pair(left.Value, right.Value));
    }

    private static long Pair(int left, int right) => ((long)left << 32) | (uint)right;
}
