using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>A form of the linear layers for matrices of the weights' type and for quantized ones: a model has both. They share what memory they need.</summary>
internal sealed class LinearByStorage(ILinearForm plain, ILinearForm quantized) : ILinearForm
{
    public bool FusesSwiGlu => plain.FusesSwiGlu && quantized.FusesSwiGlu;

    public long WorkspaceBytes => plain.WorkspaceBytes;

    public void Assign(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride) =>
        FormOf(weight).Assign(input, weight, output, rows, outputStride);

    public void Accumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride) =>
        FormOf(weight).Accumulate(input, weight, output, rows, outputStride);

    public bool TrySwiGlu(ArrayView<Packet> input, PackedMatrix weight, ArrayView<Packet> product, int rows, int octets) =>
        FormOf(weight).TrySwiGlu(input, weight, product, rows, octets);

    public void Dispose()
    {
        plain.Dispose();
        quantized.Dispose();
    }

    private ILinearForm FormOf(PackedMatrix weight) => weight.IsQuantized ? quantized : plain;
}
