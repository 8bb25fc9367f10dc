using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class SwiGluTests(TestBackend backend) : KernelFixture(backend)
{
    [Test]
    public void Every_type_and_width([Values] ElementType type, [Values(1, 6, 8, 21, 130, 600)] int intermediate)
    {
        var random = new Random(intermediate);
        Check(
            type,
            gate: RandomLlama.Uniform(random, 3 * intermediate, spread: 8),
            up: RandomLlama.Uniform(random, 3 * intermediate),
            intermediate);
    }

    [Test]
    public void Gates_far_from_zero_and_at_it() => Check(
        ElementType.Float32, gate: [0, -0f, 1e-30f, 20, -20, 85, -85, 1e4f, -1e4f], up: [5, 5, 5, 3, 3, 2, 2, 2, 2], intermediate: 9);

    private void Check(ElementType type, float[] gate, float[] up, int intermediate)
    {
        int rows = gate.Length / intermediate;
        int width = Packing.PaddedWidth(intermediate);
        float[] gates = Packing.Pad(gate, intermediate);
        float[] ups = Packing.Pad(up, intermediate);
        float[] gateUp = [.. Enumerable.Range(0, rows).SelectMany(row =>
            gates[(row * width)..((row + 1) * width)].Concat(ups[(row * width)..((row + 1) * width)]))];
        ArrayView<Packet> product = Device.UploadRows([], intermediate, spareRows: rows);

        Device.Kernels(type).SwiGlu(Device.UploadRows(gateUp, 2 * width), product, rows, width / Octet.Length);

        float[] actual = KernelDevice.DownloadFloats(product);
        for (int i = 0; i < actual.Length; i++)
        {
            double expected = gates[i] / (1 + Math.Exp(-gates[i])) * ups[i];

            // Beyond exp(88) the float32 is infinite and the quotient zero, where the double still has a value below 1e-37.
            double allowed = Closeness.Tolerance * Math.Abs(expected) + 1e-30;
            Closeness.Check(actual[i], expected, allowed, type, $"silu({gates[i]:r}) × {ups[i]:r}");
        }
    }
}
