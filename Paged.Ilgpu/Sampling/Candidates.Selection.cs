using System.Numerics;
using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Sampling;

/// <summary>The filters that keep the likeliest candidates: the least value to keep is selected, then what is below it is dropped.</summary>
internal sealed partial class Candidates
{
    /// <summary>Keeps the smallest set of the likeliest candidates whose weights reach a share of all.</summary>
    /// <param name="share">Above 0, below 1.</param>
    /// <param name="total">The sum of the weights.</param>
    /// <returns>The sum of the weights that are left.</returns>
    public double KeepNucleus(double share, double total)
    {
        double negligible = 0.5 * (1 - share) * total / Count; // even all together weigh half of what may be left out, at most
        Keep(_weights, negligible, equalOnes: Count);
        _weights.AsSpan(0, Count).CopyTo(_selection);
        (double least, int equalOnes) = PartialSelection.LeastReaching(_selection.AsSpan(0, Count), share * total);
        Keep(_weights, least, equalOnes);
        return Total();
    }

    /// <summary>Keeps so many of the likeliest, fewer than there are.</summary>
    /// <returns>The lowest logit among them.</returns>
    private float KeepLikeliest(int count)
    {
        Span<float> selection = MemoryMarshal.Cast<double, float>(_selection.AsSpan())[..Count];
        _logits.AsSpan(0, Count).CopyTo(selection);
        (float least, int equalOnes) = PartialSelection.LeastOf(selection, count);
        Keep(_logits, least, equalOnes);
        return least;
    }

    // Keeps the candidates whose values are above the least, and so many of those that equal it, from the lowest id on.
    private void Keep<T>(T[] values, T least, int equalOnes)
        where T : IComparisonOperators<T, T, bool>
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            T value = values[i];
            _ids[kept] = _ids[i];
            _logits[kept] = _logits[i];
            _weights[kept] = _weights[i];
            kept += value > least ? 1 : 0;
            if (value == least && equalOnes-- > 0)
                kept++;
        }

        Count = kept;
    }
}
