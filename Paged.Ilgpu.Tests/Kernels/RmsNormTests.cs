using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class RmsNormTests(TestBackend backend) : KernelFixture(backend)
{
    [Test]
    public void Every_type_and_width([Values] ElementType type, [Values(1, 6, 8, 21, 64, 130, 513, 1100, 4100)] int hidden) =>
        Check(type, hidden, inputRows: [0], magnitude: 1, seed: hidden);

    [TestCase(1e-3)]
    [TestCase(1e-6, Description = "epsilon outweighs the row")]
    [TestCase(1e6)]
    public void Small_and_large_rows(double magnitude) => Check(ElementType.Float32, hidden: 70, [0, 1], magnitude, seed: 1);

    [Test]
    public void Rows_are_made_from_the_input_rows_named() => Check(ElementType.BFloat16, hidden: 21, [4, 0, 4, 2], magnitude: 1, seed: 2);

    [Test]
    public void A_row_of_zeros_stays_zero() => Check(ElementType.Float32, hidden: 9, [0], magnitude: 0, seed: 3);

    private void Check(ElementType type, int hidden, int[] inputRows, double magnitude, int seed)
    {
        const float Epsilon = 1e-5f;
        var random = new Random(seed);
        float[] input = RandomLlama.Uniform(random, (inputRows.Max() + 1) * hidden, spread: magnitude);
        float[] weight = RandomLlama.Uniform(random, hidden, center: 1, spread: 0.5);
        ArrayView<Packet> output = Device.UploadRows([], hidden, spareRows: inputRows.Length);

        Device.Kernels(type).RmsNorm(
            Device.UploadRows(input, hidden),
            Device.Upload(inputRows),
            Device.UploadRows(weight, hidden),
            output,
            inputRows.Length,
            hidden,
            Epsilon);

        float[] actual = KernelDevice.DownloadFloats(output);
        int width = Packing.PaddedWidth(hidden);
        for (int row = 0; row < inputRows.Length; row++)
        {
            ReadOnlySpan<float> from = input.AsSpan(inputRows[row] * hidden, hidden);
            double sumOfSquares = 0;
            foreach (float x in from)
                sumOfSquares += (double)x * x;
            double scale = 1 / Math.Sqrt(sumOfSquares / hidden + Epsilon);
            for (int i = 0; i < width; i++)
            {
                double expected = i < hidden ? from[i] * scale * weight[i] : 0;
                Closeness.Check(
                    actual[row * width + i], expected, Closeness.Tolerance * Math.Abs(expected), type, $"row {row}, element {i} of {hidden}");
            }
        }
    }
}
