namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>A weight matrix, [column, input], quantized a second time and plainly: whole numbers from -127 to 127 and a scale for each column.</summary>
internal sealed record QuantizedMatrix(float[] Numbers, float[] Scales, int Inputs)
{
    /// <summary>What the numbers stand for.</summary>
    public float[] Weights => [.. Numbers.Select((number, index) => number * Scales[index / Inputs])];

    /// <summary>The scales with the padding that kernels may read, which is not a number.</summary>
    public float[] PaddedScales
    {
        get
        {
            var padded = new float[(Scales.Length + 127) / 128 * 128];
            Array.Fill(padded, float.NaN);
            Scales.CopyTo(padded, 0);
            return padded;
        }
    }

    public static QuantizedMatrix Of(float[] weight, int inputs)
    {
        float[] scales = [.. weight.Chunk(inputs).Select(column => column.Max(MathF.Abs) / 127)];
        return new QuantizedMatrix([.. weight.Select((element, index) => MathF.Round(element / scales[index / inputs]))], scales, inputs);
    }
}
