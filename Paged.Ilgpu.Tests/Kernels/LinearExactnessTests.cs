using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>A row of a linear layer is the same bits whatever runs beside it: every tile height is chosen by some number of rows.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class LinearExactnessTests(TestBackend backend) : KernelFixture(backend)
{
    private const int Columns = 37;
    private const int MostRows = 35;

    [Test]
    public void A_row_is_the_same_bits_alone_and_among_others([Values] ElementType type, [Values(21, 512, 1100)] int inputs, [Values] bool accumulate, [Values] bool isQuantized)
    {
        var random = new Random(inputs);
        float[][] inputRows = Rows(random, inputs, type);
        float[][] before = Rows(random, Columns, ElementType.Float32);
        float[] weight = Rounding.To(type, RandomLlama.Uniform(random, Columns * inputs));
        PackedMatrix matrix = isQuantized
            ? Device.UploadMatrix(type, QuantizedMatrix.Of(weight, inputs))
            : Device.UploadMatrix(type, weight, inputs);
        float[][] alone = [.. Enumerable.Range(0, MostRows).Select(row => Run(row)[0])];

        // Heights 2, 4, 8 and 16, full and not, and two tiles; each row at changing places.
        foreach (int count in (int[])[2, 3, 4, 7, 8, 9, 16, 33, MostRows])
        {
            int[] rows = [.. Enumerable.Range(0, MostRows)];
            random.Shuffle(rows);
            rows = rows[..count];
            float[][] together = Run(rows);
            for (int place = 0; place < count; place++)
                Closeness.CheckSameBits(together[place], alone[rows[place]], $"row {rows[place]} at place {place} of {count}");
        }

        float[][] Run(params int[] rows)
        {
            ArrayView<Packet> input = Device.UploadRows([.. rows.SelectMany(row => inputRows[row])], inputs, KernelSet.LargestTileHeight);
            ArrayView<float> output = Device.Upload([.. rows.SelectMany(row => before[row])]);
            if (accumulate)
                Device.Kernels(type).LinearAccumulate(input, matrix, output, rows.Length, Columns);
            else
                Device.Kernels(type).Linear(input, matrix, output, rows.Length, Columns);
            return [.. KernelDevice.Download(output).Chunk(Columns)];
        }
    }

    private static float[][] Rows(Random random, int width, ElementType type) =>
        [.. Enumerable.Range(0, MostRows).Select(_ => Rounding.To(type, RandomLlama.Uniform(random, width)))];
}
