namespace Paged.Ilgpu.Sampling;

/// <summary>Partial selection (Hoare 1961, Find): the likeliest candidates come to the front, in no order among themselves.</summary>
internal sealed partial class Candidates
{
    /// <summary>Keeps the smallest set of the likeliest candidates whose weights reach a share of all.</summary>
    /// <param name="share">Above 0, below 1.</param>
    /// <param name="total">The sum of the weights.</param>
    /// <returns>The sum of the weights that are left.</returns>
    public double KeepNucleus(double share, double total)
    {
        double needed = share * total;
        DropBelow(0.5 * (1 - share) * total / Count); // all of them together weigh half of what may be left out, at most

        int low = 0; // those before it belong to the set
        int high = Count; // those from it on do not
        double passed = 0; // what those before low weigh
        while (high - low > 1)
        {
            int pivot = Partition(low, high);
            double before = passed + Sum(low, pivot);
            if (before >= needed)
            {
                high = pivot;
            }
            else
            {
                passed = before + _weights[pivot];
                low = pivot + 1;
                if (passed >= needed)
                    high = low;
            }
        }

        Count = high;
        return Total();
    }

    /// <summary>Orders the candidates by rank; for few of them.</summary>
    public void SortByRank()
    {
        for (int i = 1; i < Count; i++)
        {
            for (int j = i; j > 0 && Precedes(j, j - 1); j--)
                Swap(j, j - 1);
        }
    }

    /// <summary>Keeps so many of the likeliest, fewer than there are.</summary>
    /// <returns>The lowest logit among them.</returns>
    private float KeepLikeliest(int count)
    {
        int low = 0;
        int high = Count;
        while (high - low > 1)
        {
            int pivot = Partition(low, high);
            if (pivot >= count)
                high = pivot;
            else
                low = pivot + 1;
        }

        Count = count;
        float lowest = _logits[0];
        foreach (float logit in _logits.AsSpan(1, count - 1))
            lowest = Math.Min(lowest, logit);
        return lowest;
    }

    private void DropBelow(double weight)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            _ids[kept] = _ids[i];
            _logits[kept] = _logits[i];
            _weights[kept] = _weights[i];
            kept += _weights[i] >= weight ? 1 : 0;
        }

        Count = kept;
    }

    /// <summary>Brings those that precede one of a range to its front.</summary>
    /// <returns>Where that one lies afterwards: those before it precede it, those after it follow.</returns>
    private int Partition(int low, int high)
    {
        Swap(low, MiddleOfThree(low, low + (high - low) / 2, high - 1));
        Span<int> ids = _ids;
        Span<float> logits = _logits;
        Span<double> weights = _weights;
        int id = ids[low];
        float logit = logits[low];
        int boundary = low; // the last one known to precede
        for (int i = low + 1; i < high; i++)
        {
            // Exchanged even where both follow: which way a branch would go here, no processor can tell beforehand.
            int next = boundary + 1;
            bool precedes = (logits[i] > logit) | ((logits[i] == logit) & (ids[i] < id));
            (ids[next], ids[i]) = (ids[i], ids[next]);
            (logits[next], logits[i]) = (logits[i], logits[next]);
            (weights[next], weights[i]) = (weights[i], weights[next]);
            boundary += precedes ? 1 : 0;
        }

        Swap(low, boundary);
        return boundary;
    }

    private int MiddleOfThree(int first, int second, int third)
    {
        bool firstLeads = Precedes(first, second);
        if (Precedes(second, third) == firstLeads)
            return second;
        return Precedes(first, third) == firstLeads ? third : first;
    }

    private bool Precedes(int one, int other) =>
        _logits[one] > _logits[other] || (_logits[one] == _logits[other] && _ids[one] < _ids[other]);

    private void Swap(int one, int other)
    {
        (_ids[one], _ids[other]) = (_ids[other], _ids[one]);
        (_logits[one], _logits[other]) = (_logits[other], _logits[one]);
        (_weights[one], _weights[other]) = (_weights[other], _weights[one]);
    }
}
