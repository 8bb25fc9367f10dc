namespace Paged.Ilgpu.Tests.Reference;

/// <summary>
/// The arithmetic of a Llama layer (Touvron et al. 2023) as its papers write it: slow, plain, every sum in double. One token, or one
/// query head, at a time; what a kernel does with many at once must come to the same.
/// </summary>
internal static class ReferenceMath
{
    /// <summary>RMSNorm (Zhang and Sennrich 2019): x / sqrt(mean(x²) + epsilon) × weight.</summary>
    public static float[] RmsNorm(
        ReadOnlySpan<float> input, // [hidden]
        ReadOnlySpan<float> weight, // [hidden]
        float epsilon)
    {
        double sumOfSquares = 0;
        foreach (float x in input)
            sumOfSquares += (double)x * x;
        double scale = 1 / Math.Sqrt((sumOfSquares / input.Length) + epsilon);
        float[] output = new float[input.Length];
        for (int i = 0; i < output.Length; i++)
            output[i] = (float)(input[i] * scale * weight[i]);
        return output;
    }

    /// <summary>A linear layer: output[row] = Σ weight[row, column] × input[column] + bias[row].</summary>
    public static float[] Linear(
        ReadOnlySpan<float> input, // [in]
        ReadOnlySpan<float> weight, // [out, in]
        float[]? bias = null) // [out]
    {
        float[] output = new float[weight.Length / input.Length];
        for (int row = 0; row < output.Length; row++)
            output[row] = (float)(Dot(weight.Slice(row * input.Length, input.Length), input) + (bias?[row] ?? 0));
        return output;
    }

    /// <summary>
    /// Rotary embedding (Su et al. 2021, section 3.4.2) in Meta's order: elements 2i and 2i + 1 of a head turn by
    /// position × inverseFrequencies[i] and grow by a factor, 1 but for YaRN (Peng et al. 2023, section 3.4). Angles, cosines and sines are
    /// double, the latter two then rounded to float32.
    /// </summary>
    public static float[] Rope(
        ReadOnlySpan<float> heads, // [head, headDim]
        int position,
        ReadOnlySpan<double> inverseFrequencies, // [headDim / 2]
        double factor = 1)
    {
        float[] turned = new float[heads.Length];
        for (int even = 0; even < heads.Length; even += 2)
        {
            double angle = position * inverseFrequencies[even / 2 % inverseFrequencies.Length];
            float cosine = (float)(factor * Math.Cos(angle));
            float sine = (float)(factor * Math.Sin(angle));
            turned[even] = (float)(((double)heads[even] * cosine) - ((double)heads[even + 1] * sine));
            turned[even + 1] = (float)(((double)heads[even] * sine) + ((double)heads[even + 1] * cosine));
        }

        return turned;
    }

    /// <summary>
    /// Attention of one token's query heads over the positions up to and including its own: softmax(q·k / sqrt(headDim)) · v. Query
    /// head h reads KV head h / (heads / kvHeads) (Ainslie et al. 2023). Each probability exp(score − max) is rounded to the KV type
    /// before it multiplies a value; the sum that divides at the end is of the unrounded ones.
    /// </summary>
    /// <remarks>Query, keys and values come rounded already, since that is how they are stored.</remarks>
    public static float[] Attention(
        ReadOnlySpan<float> query, // [head, headDim]
        IReadOnlyList<float[]> keys, // [position][kvHead, headDim]
        IReadOnlyList<float[]> values, // [position][kvHead, headDim]
        int headDim,
        ElementType keyValueType)
    {
        int headCount = query.Length / headDim;
        int headsPerKeyValueHead = query.Length / keys[0].Length;
        float[] output = new float[query.Length]; // [head, headDim]
        double[] scores = new double[keys.Count]; // [position]
        for (int head = 0; head < headCount; head++)
        {
            int keyValueOffset = head / headsPerKeyValueHead * headDim;
            for (int position = 0; position < scores.Length; position++)
            {
                ReadOnlySpan<float> key = keys[position].AsSpan(keyValueOffset, headDim);
                scores[position] = Dot(query.Slice(head * headDim, headDim), key) / Math.Sqrt(headDim);
            }

            double max = scores.Max();
            double total = 0;
            double[] sums = new double[headDim];
            for (int position = 0; position < scores.Length; position++)
            {
                double probability = Math.Exp(scores[position] - max);
                total += probability;
                float rounded = Rounding.To(keyValueType, (float)probability);
                for (int i = 0; i < headDim; i++)
                    sums[i] += (double)rounded * values[position][keyValueOffset + i];
            }

            for (int i = 0; i < headDim; i++)
                output[(head * headDim) + i] = (float)(sums[i] / total);
        }

        return output;
    }

    /// <summary>SwiGLU (Shazeer 2020): silu(gate) × up, with silu(x) = x / (1 + exp(−x)).</summary>
    public static float[] SwiGlu(
        ReadOnlySpan<float> gate, // [intermediate]
        ReadOnlySpan<float> up) // [intermediate]
    {
        float[] output = new float[gate.Length];
        for (int i = 0; i < output.Length; i++)
            output[i] = (float)(gate[i] / (1 + Math.Exp(-gate[i])) * up[i]);
        return output;
    }

    /// <summary>The residual connection: the elements' sums in float32, as the residual stream is kept.</summary>
    public static float[] Add(float[] residual, float[] delta) => [.. residual.Zip(delta, (a, b) => a + b)];

    /// <summary>The index of the greatest element; of equal ones the lowest.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int id = 1; id < logits.Length; id++)
        {
            if (logits[id] > logits[best])
                best = id;
        }

        return best;
    }

    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
            sum += (double)left[i] * right[i];
        return sum;
    }
}
