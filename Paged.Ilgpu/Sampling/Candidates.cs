using System.Numerics;

namespace Paged.Ilgpu.Sampling;

/// <summary>
/// The tokens that may be drawn, from which filters take some away. Ranked are tokens by their logits, of equal ones the lowest id first, so
/// that what a filter leaves is always one certain set. Nothing is sorted: the likeliest tokens are found by partial selection, in time
/// that grows with the vocabulary and no faster. The buffers are made once.
/// </summary>
internal sealed partial class Candidates
{
    // How many sums of four lanes one block of the running total has: walking a block token by token takes no longer than the blocks do.
    private const int BlockLength = 256;
    private const int FewestGathered = 256;

    private readonly int[] _ids; // [candidate]
    private readonly float[] _logits; // [candidate], padded to whole vectors
    private readonly double[] _weights; // [candidate], padded to whole vectors

    /// <param name="vocabularySize">Tokens at most.</param>
    public Candidates(int vocabularySize)
    {
        int padded = vocabularySize + Vector<float>.Count;
        _ids = new int[vocabularySize];
        _logits = new float[padded];
        _weights = new double[padded];
    }

    /// <summary>Tokens there are.</summary>
    public int Count { get; private set; }

    /// <summary>The ids, in no order that means anything. [candidate]</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Begins anew with the tokens whose logits are high enough.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="lowest">What a logit is at least; one of -∞ is never high enough.</param>
    /// <param name="most">How many tokens to take, at least 1: the likeliest.</param>
    public void Gather(ReadOnlySpan<float> logits, double lowest, int most)
    {
        float above = (float)lowest;
        if (above >= lowest)
            above = MathF.BitDecrement(above);

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
        int last = 0; // the last one that can be drawn: where rounding lets the target lie beyond all
        for (int start = 0; start < Count; start += BlockLength)
        {
            int end = Math.Min(start + BlockLength, Count);
            double block = Sum(start, end);
            if (passed + block > target)
            {
                for (int i = start; i < end; i++)
                {
                    passed += _weights[i];
                    if (_weights[i] > 0)
                        last = i;
                    if (passed > target)
                        break;
                }

                return _ids[last];
            }

            passed += block;
            last = block > 0 ? LastWithWeight(start, end) : last;
        }

        return _ids[last];
    }

    private double Total()
    {
        double total = 0;
        for (int start = 0; start < Count; start += BlockLength)
            total += Sum(start, Math.Min(start + BlockLength, Count));
        return total;
    }

    // Four sums side by side, added in one order on every machine.
    private double Sum(int start, int end)
    {
        double a = 0, b = 0, c = 0, d = 0;
        int i = start;
        for (; i + 4 <= end; i += 4)
        {
            a += _weights[i];
            b += _weights[i + 1];
            c += _weights[i + 2];
            d += _weights[i + 3];
        }

        for (; i < end; i++)
            a += _weights[i];
        return a + b + (c + d);
    }

    private int LastWithWeight(int start, int end)
    {
        int last = end - 1;
        while (last > start && _weights[last] == 0)
            last--;
        return last;
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
