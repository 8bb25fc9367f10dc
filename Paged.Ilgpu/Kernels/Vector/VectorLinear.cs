using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>The linear layers of <see cref="VectorLinearKernel"/>.</summary>
internal sealed class VectorLinear<TWeight>(Accelerator accelerator) : ILinearForm
    where TWeight : struct, IWeightElement
{
    private readonly VectorLinearLaunchers<TWeight, Assign> _assign = new(accelerator);
    private readonly VectorLinearLaunchers<TWeight, Accumulate> _accumulate = new(accelerator);

    // Few models have biases.
    private readonly Lazy<VectorLinearLaunchers<TWeight, AssignBiased>> _assignBiased = new(() => new(accelerator));
    private readonly Lazy<VectorLinearLaunchers<TWeight, AccumulateBiased>> _accumulateBiased = new(() => new(accelerator));

    public void Assign(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        if (weight.HasBias)
            _assignBiased.Value.Launch(input, weight, output, rows, outputStride);
        else
            _assign.Launch(input, weight, output, rows, outputStride);
    }

    public void Accumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        if (weight.HasBias)
            _accumulateBiased.Value.Launch(input, weight, output, rows, outputStride);
        else
            _accumulate.Launch(input, weight, output, rows, outputStride);
    }

    public bool TrySwiGlu(ArrayView<Packet> input, PackedMatrix weight, ArrayView<Packet> product, int rows, int octets) => false;

    public void Dispose()
    {
        // Holds no memory.
    }
}
