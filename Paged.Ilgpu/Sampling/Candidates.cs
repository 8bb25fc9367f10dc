using System.Numerics;

namespace Paged.Ilgpu.Sampling;

/// <summary>
/// The tokens that may be drawn, in the order of their ids, from which filters take some away. Of equal ones a filter keeps the lowest ids,
/// so that what it leaves is always one certain set. Nothing is sorted: see <see cref="PartialSelection"/>. The buffers are made once.
/// </summary>
internal sealed partial class Candidates
{
    private const int BlockLength = 256; // weights summed apart, then added in order
    private const int FewestGathered = 256;

    private readonly int[] _ids; // [candidate]
    private readonly float[] _logits; // [candidate], padded to whole vectors
    private readonly double[] _weights; // [candidate], padded to whole vectors
    private readonly double[] _selection; // values to select from

    /// <param name="vocabularySize">Tokens at most.</param>
    public Candidates(int vocabularySize)
    {
        int padded = vocabularySize + Vector<float>.Count;
        _ids = new int[vocabularySize];
        _logits = new float[padded];
        _weights = new double[padded];
        _selection = new double[vocabularySize];
    }

    /// <summary>Tokens there are.</summary>
    public int Count { get; private set; }

    /// <summary>The ids. [candidate]</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Begins anew with the tokens whose logits are high enough.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="lowest">What a logit is at least; one of -∞ is never high enough.</param>
    /// <param name="most">How many tokens to take, at least 1: the likeliest.</param>
    public void Gather(ReadOnlySpan<float> logits, double lowest, int most)
    {
        float above = Below(lowest);

        // Twice as many as are wanted are gathered before the lesser half is dropped, and with it the bar is raised for those to come.
        int room = (int)Math.Min(logits.Length, Math.Max(FewestGathered, 2L * most));
        int width = Vector<float>.Count;
        Count = 0;
        int id = 0;
        for (; id + width <= logits.Length; id += width)
        {
            if (!Vector.GreaterThanAny(new Vector<float>(logits[id..]), new Vector<float>(above)))
                continue;
            if (Count + width > room)
                above = Math.Max(above, KeepLikeliest(most));
            Append(logits, id, width, above);
        }

        Append(logits, id, logits.Length - id, above);
        if (Count > most)
            _ = KeepLikeliest(most);
    }

    /// <summary>Begins anew with the candidates that the other <see cref="Gather"/> would take from the whole vocabulary.</summary>
    /// <param name="likeliest">The vocabulary's likeliest tokens, the largest logit first, of equal ones the lowest id.</param>
    /// <param name="lowest">What a logit is at least; one of -∞ is never high enough.</param>
    /// <param name="most">How many tokens to take, at least 1, at most the vocabulary.</param>
    /// <returns>False where tokens beyond the list may be among them.</returns>
    public bool TryGather(ReadOnlySpan<TokenLogit> likeliest, double lowest, int most)
    {
        float above = Below(lowest);
        Count = 0;
        while (Count < Math.Min(most, likeliest.Length) && likeliest[Count].Logit > above)
        {
            _ids[Count] = likeliest[Count].Id;
            _logits[Count] = likeliest[Count].Logit;
            Count++;
        }

        _ids.AsSpan(0, Count).Sort(_logits.AsSpan(0, Count));
        return Count == most || Count < likeliest.Length;
    }

    /// <summary>Gives every candidate its weight, the exponential of its logit's distance to the largest over the temperature.</summary>
    /// <returns>The sum of the weights.</returns>
    public double Weigh(float largest, double temperature)
    {
        var largestEverywhere = new Vector<double>(largest);
        var temperatureEverywhere = new Vector<double>(temperature);
        int half = Vector<double>.Count;
        for (int i = 0; i < Count; i += 2 * half)
        {
            Vector.Widen(new Vector<float>(_logits, i), out Vector<double> first, out Vector<double> second);
            Vector.Exp((first - largestEverywhere) / temperatureEverywhere).CopyTo(_weights, i);
            Vector.Exp((second - largestEverywhere) / temperatureEverywhere).CopyTo(_weights, i + half);
        }

        return Total();
    }

    /// <summary>Draws one in proportion to the weights.</summary>
    /// <param name="uniform">A number of [0, 1).</param>
    /// <param name="total">The sum of the weights.</param>
    /// <returns>The token's id.</returns>
    public int Draw(double uniform, double total)
    {
        double target = uniform * total;
        double passed = 0;
        int drawn = -1;
        for (int start = 0; start < Count && passed <= target; start += BlockLength)
        {
            Span<double> block = _weights.AsSpan(start, Math.Min(BlockLength, Count - start));
            double sum = Sum(block);
            if (passed + sum <= target)
            {
                passed += sum;
                continue;
            }

            for (int i = 0; i < block.Length && passed <= target; i++)
            {
                passed += block[i];
                if (block[i] > 0)
                    drawn = start + i;
            }
        }

        // Where rounding puts the target beyond the last, it is the last.
        return _ids[drawn >= 0 ? drawn : _weights.AsSpan(0, Count).LastIndexOfAnyExcept(0)];
    }

    /// <summary>The sum of values, four side by side, in the same order on every machine.</summary>
    internal static double Sum(ReadOnlySpan<double> values)
    {
        double a = 0, b = 0, c = 0, d = 0;
        while (values.Length >= 4)
        {
            a += values[0];
            b += values[1];
            c += values[2];
            d += values[3];
            values = values[4..];
        }

        foreach (double value in values)
            a += value;
        return a + b + (c + d);
    }

    // The largest float that is less.
    private static float Below(double lowest)
    {
        float below = (float)lowest;
        return below >= lowest ? MathF.BitDecrement(below) : below;
    }

    private double Total()
    {
        double total = 0;
        for (int start = 0; start < Count; start += BlockLength)
            total += Sum(_weights.AsSpan(start, Math.Min(BlockLength, Count - start)));
        return total;
    }

    private void Append(ReadOnlySpan<float> logits, int first, int count, float above)
    {
        int last = Count;
        for (int id = first; id < first + count; id++)
        {
            _ids[last] = id;
            _logits[last] = logits[id];
            last += logits[id] > above ? 1 : 0;
        }

        Count = last;
    }
}
