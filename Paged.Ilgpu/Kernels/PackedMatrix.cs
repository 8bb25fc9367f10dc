using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>A weight matrix on the device.</summary>
/// <param name="Packets">The elements in the order of <see cref="PackedLayout"/>.</param>
/// <param name="Columns">Output features.</param>
/// <param name="Octets">Octets of the input features, the last one padded with zeros.</param>
public readonly record struct PackedMatrix(ArrayView<Packet> Packets, int Columns, int Octets);
