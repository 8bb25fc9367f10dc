using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class EmbeddingTests(TestBackend backend) : KernelFixture(backend)
{
    [Test]
    public void A_token_takes_its_own_row_exactly([Values] ElementType type, [Values(1, 6, 8, 21, 130, 600)] int hidden)
    {
        const int Vocabulary = 13;
        int[] ids = [12, 0, 7, 8, 7];
        float[] embedding = Rounding.To(type, RandomLlama.Uniform(new Random(hidden), Vocabulary * hidden));
        PackedMatrix matrix = Device.UploadMatrix(type, embedding, hidden);
        ArrayView<Packet> residual = Device.UploadRows([], hidden, spareRows: ids.Length);

        Device.Kernels(type).Embed(Device.Upload(ids), matrix.Packets, residual, ids.Length, matrix.Octets);

        float[] expected = [.. ids.SelectMany(id => embedding[(id * hidden)..((id + 1) * hidden)])];
        Closeness.CheckSameBits(KernelDevice.DownloadFloats(residual), Packing.Pad(expected, hidden), "the rows, padding included");
    }
}
