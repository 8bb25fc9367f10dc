using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class StressTests(TestBackend backend) : KernelFixture(backend)
{
    private const int Launches = 3000;

    [Test]
    public void Linear_accumulate()
    {
        var random = new Random(1);
        const int Rows = 16, Columns = 13, Inputs = 21;
        float[] before = RandomLlama.Uniform(random, Rows * Columns);
        PackedMatrix matrix = Device.UploadMatrix(ElementType.Float32, RandomLlama.Uniform(random, Columns * Inputs), Inputs);
        ArrayView<Packet> input = Device.UploadRows(RandomLlama.Uniform(random, Rows * Inputs), Inputs, 16);
        float[]? first = null;
        int failures = 0;
        for (int launch = 0; launch < Launches; launch++)
        {
            ArrayView<float> output = Device.Upload(before);
            Device.Kernels().LinearAccumulate(input, matrix, output, Rows, Columns);
            float[] after = KernelDevice.Download(output);
            first ??= after;
            if (!after.AsSpan().SequenceEqual(first))
            {
                failures++;
                int at = after.AsSpan().CommonPrefixLength(first);
                TestContext.Out.WriteLine($"launch {launch}: element {at}: {after[at]} instead of {first[at]}, before {before[at]}; wrong {after.Zip(first).Count(p => p.First != p.Second)} of {after.Length}; same as before: {after.AsSpan().SequenceEqual(before)}");
            }
        }
        Assert.That(failures, Is.Zero);
    }
}
