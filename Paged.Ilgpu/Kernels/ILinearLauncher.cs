using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>One form of a linear layer, ready to be launched.</summary>
internal interface ILinearLauncher
{
    /// <summary>Launches it.</summary>
    /// <param name="input">[row, inputOctet], float32 rounded to the weights' type; readable up to a whole tile of rows.</param>
    /// <param name="weight">The weights, in the order of this form.</param>
    /// <param name="output">[row, outputStride].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="outputStride">Elements from an output row to the next.</param>
    void Launch(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride);
}
