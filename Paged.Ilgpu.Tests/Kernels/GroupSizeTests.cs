using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>On one device the size of the groups changes no bit: who takes a part of a sum is not who decides its order.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class GroupSizeTests(TestBackend backend) : KernelFixture(backend)
{
    private int[] OtherSizes => BarriersAreDear ? [1, 3] : Device.GroupSize == 1 ? [2] : [1, 5, 64];

    [Test]
    public void Norms_are_the_same_bits([Values(21, 600, 4200)] int hidden)
    {
        var random = new Random(hidden);
        ArrayView<Packet> input = Device.UploadRows(RandomLlama.Uniform(random, 2 * hidden), hidden);
        ArrayView<Packet> weight = Device.UploadRows(RandomLlama.Uniform(random, hidden, center: 1), hidden);
        ArrayView<int> rows = Device.Upload(1, 0);
        Check(kernels =>
        {
            ArrayView<Packet> output = Device.UploadRows([], hidden, spareRows: 2);
            kernels.RmsNorm(input, rows, weight, output, rows: 2, hidden, epsilon: 1e-5f);
            return KernelDevice.DownloadFloats(output);
        });
    }

    [Test]
    public void Linear_layers_are_the_same_bits([Values(1, 16)] int rows)
    {
        const int Inputs = 1100, Columns = 21;
        var random = new Random(rows);
        ArrayView<Packet> input = Device.UploadRows(Round(RandomLlama.Uniform(random, rows * Inputs)), Inputs);
        PackedMatrix matrix = Device.UploadMatrix(ElementType.BFloat16, Round(RandomLlama.Uniform(random, Columns * Inputs)), Inputs);
        Check(kernels =>
        {
            ArrayView<float> output = Device.Upload(new float[rows * Columns]);
            kernels.Linear(input, matrix, output, rows, Columns);
            return KernelDevice.Download(output);
        });
    }

    [Test]
    public void Attention_is_the_same_bits([Values(1, 4)] int height)
    {
        var heads = new AttentionHeads(
            KeyValueHeadCount: 1, HeadsPerKeyValueHead: 2, HeadDim: 20, ElementType.BFloat16, ElementType.BFloat16);
        var run = new AttentionRun(new AttentionText(heads, 131, seed: 1), FirstPosition: 129, Length: 2);
        float[] Attend(int? groupSize) => AttentionStep.Attend(Device, heads, new AttentionLayout(height, GroupSize: groupSize), run)[0];
        float[] expected = Attend(null);
        foreach (int size in OtherSizes)
            Closeness.CheckSameBits(Attend(size), expected, $"groups of {size}");
    }

    [Test]
    public void Swiglu_is_the_same_bits()
    {
        const int Octets = 9, Width = 2 * Octets * Octet.Length;
        ArrayView<Packet> gateUp = Device.UploadRows(RandomLlama.Uniform(new Random(1), 2 * Width, spread: 6), Width);
        Check(kernels =>
        {
            ArrayView<Packet> product = Device.UploadRows([], Octets * Octet.Length, spareRows: 2);
            kernels.SwiGlu(gateUp, product, tokens: 2, Octets);
            return KernelDevice.DownloadFloats(product);
        });
    }

    private static float[] Round(float[] values) => Rounding.To(ElementType.BFloat16, values);

    private void Check(Func<KernelSet, float[]> run)
    {
        float[] expected = run(Device.Kernels(ElementType.BFloat16, ElementType.BFloat16));
        foreach (int size in OtherSizes)
            Closeness.CheckSameBits(run(Device.Kernels(ElementType.BFloat16, ElementType.BFloat16, size)), expected, $"groups of {size}");
    }
}
