namespace Paged.Ilgpu.Tests.Sampling;

/// <summary>Pearson's test of counts against probabilities.</summary>
internal static class ChiSquare
{
    private const double StandardDeviations = 3.72; // one good sample in 10,000 is further off; seeds are fixed, so none of ours is

    /// <summary>The counts fit the probabilities, and nothing was drawn that cannot be.</summary>
    /// <param name="counts">How often each outcome came.</param>
    /// <param name="probabilities">How likely each is.</param>
    public static void AssertFits(IReadOnlyList<int> counts, IReadOnlyList<double> probabilities)
    {
        int total = counts.Sum();
        double distance = 0;
        int cells = 0;
        double rareExpected = 0; // outcomes expected less than five times are taken together
        int rareCount = 0;
        for (int i = 0; i < counts.Count; i++)
        {
            double expected = total * probabilities[i];
            if (probabilities[i] == 0)
                Assert.That(counts[i], Is.Zero, $"outcome {i} is impossible");
            if (expected < 5)
            {
                rareExpected += expected;
                rareCount += counts[i];
                continue;
            }

            distance += Math.Pow(counts[i] - expected, 2) / expected;
            cells++;
        }

        if (rareExpected >= 5)
        {
            distance += Math.Pow(rareCount - rareExpected, 2) / rareExpected;
            cells++;
        }

        Assert.That(distance, Is.LessThanOrEqualTo(Limit(cells - 1)), $"chi-square of {total} draws among {cells} outcomes");
    }

    // Wilson and Hilferty 1931: the cube root of chi-square over its degrees of freedom is nearly normal.
    private static double Limit(int degreesOfFreedom)
    {
        double spread = 2.0 / (9 * degreesOfFreedom);
        return degreesOfFreedom == 0 ? 0 : degreesOfFreedom * Math.Pow(1 - spread + StandardDeviations * Math.Sqrt(spread), 3);
    }
}
