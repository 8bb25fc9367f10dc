using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>A weight matrix on the device, with what a linear layer needs beside it.</summary>
/// <param name="Packets">The elements in the order of <see cref="PackedLayout"/>, or another that a form of the kernels wants.</param>
/// <param name="Columns">Output features.</param>
/// <param name="Octets">Octets of the input features, the last one padded with zeros.</param>
/// <param name="Bias">[column padded to <see cref="ScalesPadding"/>], float32; no view where there is no bias.</param>
/// <param name="Scales">
/// [column padded to <see cref="ScalesPadding"/>], float32: what a column's sums are multiplied with, its elements being <see cref="Int8"/>; no
/// view where the elements are of the weights' type.
/// </param>
public readonly record struct PackedMatrix(
    ArrayView<Packet> Packets, int Columns, int Octets, ArrayView<float> Bias = default, ArrayView<float> Scales = default)
{
    /// <summary>Scales and biases are readable up to a multiple of this: the columns of the largest tile.</summary>
    public const int ScalesPadding = 128;

    /// <summary>Scales or biases of so many columns, padding included.</summary>
    public static int ScaleCount(int columns) => (columns + ScalesPadding - 1) / ScalesPadding * ScalesPadding;

    /// <summary>Whether there is a bias.</summary>
    public bool HasBias => Bias.IsValid;

    /// <summary>Whether the elements are <see cref="Int8"/>.</summary>
    public bool IsQuantized => Scales.IsValid;
}
