using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class LinearTests(TestBackend backend) : KernelFixture(backend)
{
    private const float Untouched = -12345;

    [Test]
    public void Every_type_at_every_tile_height([Values] ElementType type, [Values(1, 2, 3, 5, 16, 17)] int rows, [Values] bool accumulate) =>
        Check(type, rows, columns: 13, inputs: 21, accumulate, seed: rows);

    [Test]
    public void A_bias_is_added_to_every_row([Values] ElementType type, [Values(1, 3, 16)] int rows, [Values] bool accumulate) =>
        Check(type, rows, columns: 13, inputs: 21, accumulate, seed: rows, isBiased: true);

    [Test]
    public void A_quantized_matrix_counts_as_what_its_numbers_stand_for(
        [Values] ElementType type, [Values(1, 2, 3, 5, 16, 17)] int rows, [Values] bool accumulate, [Values] bool isBiased) =>
        Check(type, rows, columns: 13, inputs: 21, accumulate, seed: rows, isBiased, isQuantized: true);

    [TestCase(1, 1, 1)]
    [TestCase(3, 7, 6)]
    [TestCase(17, 9, 8)]
    [TestCase(2, 33, 130)]
    [TestCase(4, 5, 1017, Description = "a sum that is split")]
    public void Odd_shapes_of_quantized_matrices(int rows, int columns, int inputs) =>
        Check(ElementType.BFloat16, rows, columns, inputs, accumulate: false, seed: 1, isQuantized: true);

    [TestCase(1, 1, 1)]
    [TestCase(1, 8, 8)]
    [TestCase(3, 7, 6)]
    [TestCase(17, 9, 8)]
    [TestCase(2, 33, 130)]
    [TestCase(1, 5, 1016, Description = "the longest sum that is one piece")]
    [TestCase(4, 5, 1017, Description = "the shortest sum that is split")]
    [TestCase(16, 3, 1100)]
    [TestCase(33, 17, 65)]
    public void Odd_shapes(int rows, int columns, int inputs) =>
        Check(ElementType.BFloat16, rows, columns, inputs, accumulate: false, seed: 1);

    [Test]
    public void Any_shape([Range(1, 12)] int seed)
    {
        var random = new Random(seed);
        Check(
            (ElementType)random.Next(3),
            rows: random.Next(1, 40),
            columns: random.Next(1, 50),
            inputs: random.Next(1, 300),
            accumulate: random.Next(2) == 0,
            seed);
    }

    private void Check(ElementType type, int rows, int columns, int inputs, bool accumulate, int seed, bool isBiased = false, bool isQuantized = false)
    {
        var random = new Random(seed);
        float[] input = Rounding.To(type, RandomLlama.Uniform(random, rows * inputs));
        float[] weight = Rounding.To(type, RandomLlama.Uniform(random, columns * inputs));
        int stride = columns + seed % 3;
        float[] before = accumulate ? RandomLlama.Uniform(random, rows * stride) : [.. Enumerable.Repeat(Untouched, rows * stride)];

        ArrayView<Packet> inputView = Device.UploadRows(input, inputs, spareRows: KernelSet.LargestTileHeight);
        var quantized = QuantizedMatrix.Of(weight, inputs);
        PackedMatrix matrix = isQuantized ? Device.UploadMatrix(type, quantized) : Device.UploadMatrix(type, weight, inputs);
        if (isQuantized)
            weight = quantized.Weights;
        float[] bias = isBiased ? RandomLlama.Uniform(random, columns) : new float[columns];
        if (isBiased)
            matrix = matrix with { Bias = Device.Upload(bias) };
        ArrayView<float> output = Device.Upload(before);
        if (accumulate)
            Device.Kernels(type).LinearAccumulate(inputView, matrix, output, rows, stride);
        else
            Device.Kernels(type).Linear(inputView, matrix, output, rows, stride);

        float[] after = KernelDevice.Download(output);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < stride; column++)
            {
                int index = row * stride + column;
                if (column >= columns)
                    Assert.That(after[index], Is.EqualTo(before[index]), "behind a row");
                else
                    CheckElement(row, column, after[index], accumulate ? before[index] : 0);
            }
        }

        void CheckElement(int row, int column, float actual, float sum)
        {
            double expected = (double)sum + bias[column];
            double scale = Math.Abs(sum) + Math.Abs(bias[column]);
            for (int i = 0; i < inputs; i++)
            {
                double product = (double)input[row * inputs + i] * weight[column * inputs + i];
                expected += product;
                scale += Math.Abs(product);
            }

            Closeness.Check(actual, expected, Closeness.Tolerance * scale, ElementType.Float32, $"row {row}, column {column}");
        }
    }
}
