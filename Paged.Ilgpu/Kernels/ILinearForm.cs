using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>One form of the linear layers, launched. The output of layers before is [row, octet] in the type that <see cref="KernelSet.InputType"/> says.</summary>
internal interface ILinearForm : IDisposable
{
    /// <summary>Whether it has <see cref="TrySwiGlu"/>.</summary>
    bool FusesSwiGlu => false;

    /// <summary>Device memory that it takes for itself, in bytes, allocated or still to be.</summary>
    long WorkspaceBytes => 0;

    /// <summary>The result replaces the output, [row, outputStride].</summary>
    void Assign(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride);

    /// <summary>The result is added to the output, [row, outputStride].</summary>
    void Accumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride);

    /// <summary>Gate and up projection and SwiGLU in one launch, where this form has that; else nothing is done and the answer is no.</summary>
    /// <param name="input">[row, inputOctet].</param>
    /// <param name="weight">Gate and up.</param>
    /// <param name="product">[row, octet].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="octets">Octets of a row of the product.</param>
    bool TrySwiGlu(ArrayView<Packet> input, PackedMatrix weight, ArrayView<Packet> product, int rows, int octets);
}
