using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>The linear layers of <see cref="LinearKernel"/>.</summary>
internal sealed class PortableLinear<TWeight>(Accelerator accelerator, int groupSize) : ILinearForm
    where TWeight : struct, IWeightElement
{
    private readonly LinearLaunchers<TWeight, Assign> _assign = new(accelerator, groupSize);
    private readonly LinearLaunchers<TWeight, Accumulate> _accumulate = new(accelerator, groupSize);

    // Few models have biases.
    private readonly Lazy<LinearLaunchers<TWeight, AssignBiased>> _assignBiased = new(() => new(accelerator, groupSize));
    private readonly Lazy<LinearLaunchers<TWeight, AccumulateBiased>> _accumulateBiased = new(() => new(accelerator, groupSize));

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
    }
}
