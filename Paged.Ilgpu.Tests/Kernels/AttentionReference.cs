using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>
/// Attention of one token in double, where probabilities are rounded relative to the maximum of their partition of positions, as the kernel
/// does, and not of the whole context. Beside the result it says how far float32 arithmetic may be off, since a probability beside a
/// midpoint may be rounded either way.
/// </summary>
internal static class AttentionReference
{
    // What a float32 score and exponential may make of a probability.
    private const double ProbabilityTolerance = 3e-6;

    /// <summary>The result and the allowed error of one query head.</summary>
    /// <param name="text">Queries, keys and values.</param>
    /// <param name="heads">The heads' shape.</param>
    /// <param name="position">The token, which sees the positions up to its own.</param>
    /// <param name="head">The query head.</param>
    public static (double Value, double Allowed)[] Attend(AttentionText text, AttentionHeads heads, int position, int head)
    {
        int headDim = heads.HeadDim;
        int keyValueOffset = head / heads.HeadsPerKeyValueHead * headDim;
        double[] scores = [.. Enumerable.Range(0, position + 1).Select(at =>
        {
            double dot = 0;
            for (int i = 0; i < headDim; i++)
                dot += (double)text.Queries[position][head * headDim + i] * text.Keys[at][keyValueOffset + i];
            return dot / Math.Sqrt(headDim);
        })];

        double largest = scores.Max();
        double total = 0;
        var sums = new double[headDim];
        var scales = new double[headDim];
        var doubts = new double[headDim];
        for (int start = 0; start < scores.Length; start += AttentionKernel.PartitionSize)
        {
            double[] partition = scores[start..Math.Min(start + AttentionKernel.PartitionSize, scores.Length)];
            double maximum = partition.Max();
            double factor = Math.Exp(maximum - largest);
            for (int at = 0; at < partition.Length; at++)
            {
                double probability = Math.Exp(partition[at] - maximum);
                total += factor * probability;
                float lowest = Rounding.To(heads.KeyValueType, (float)(probability * (1 - ProbabilityTolerance)));
                float highest = Rounding.To(heads.KeyValueType, (float)(probability * (1 + ProbabilityTolerance)));
                float rounded = Rounding.To(heads.KeyValueType, (float)probability);
                for (int i = 0; i < headDim; i++)
                {
                    double value = text.Values[start + at][keyValueOffset + i];
                    sums[i] += factor * rounded * value;
                    scales[i] += factor * rounded * Math.Abs(value);
                    if (heads.KeyValueType != ElementType.Float32)
                        doubts[i] += factor * ((double)highest - lowest) * Math.Abs(value);
                }
            }
        }

        return [.. sums.Select((sum, i) => (sum / total, (Closeness.Tolerance * scales[i] + doubts[i]) / total))];
    }

    /// <summary>Asserts that the tokens of a run are what they should be.</summary>
    public static void Check(AttentionHeads heads, AttentionRun run, float[] actual)
    {
        for (int token = 0; token < run.Length; token++)
        {
            for (int head = 0; head < heads.HeadCount; head++)
            {
                (double Value, double Allowed)[] expected = Attend(run.Text, heads, run.FirstPosition + token, head);
                for (int i = 0; i < heads.HeadDim; i++)
                {
                    Closeness.Check(
                        actual[token * heads.QueryWidth + head * heads.HeadDim + i],
                        expected[i].Value,
                        expected[i].Allowed,
                        heads.WeightType,
                        $"position {run.FirstPosition + token}, head {head}, element {i}");
                }
            }
        }
    }
}
