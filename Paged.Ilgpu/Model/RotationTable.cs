using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Model;

/// <summary>The rotation of every pair at every position, computed once in double.</summary>
internal static class RotationTable
{
    /// <summary>Computes the table, [position, headDim / 2].</summary>
    public static Rotation[] Compute(LlamaConfig config, int positions)
    {
        double[] frequencies = RopeFrequencies.Compute(config);
        double factor = RopeFrequencies.AttentionFactor(config);
        var table = new Rotation[positions * frequencies.Length];
        for (int position = 0; position < positions; position++)
        {
            for (int pair = 0; pair < frequencies.Length; pair++)
            {
                (double sine, double cosine) = Math.SinCos(position * frequencies[pair]);
                table[position * frequencies.Length + pair] = new Rotation((float)(factor * cosine), (float)(factor * sine));
            }
        }

        return table;
    }
}
