using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>A weight matrix on the device, with the bias that a linear layer adds to its product.</summary>
/// <param name="Packets">The elements in the order of <see cref="PackedLayout"/>.</param>
/// <param name="Columns">Output features.</param>
/// <param name="Octets">Octets of the input features, the last one padded with zeros.</param>
/// <param name="Bias">[column], float32; no view where there is no bias.</param>
public readonly record struct PackedMatrix(ArrayView<Packet> Packets, int Columns, int Octets, ArrayView<float> Bias = default)
{
    /// <summary>Whether there is a bias.</summary>
    public bool HasBias => Bias.IsValid;
}
