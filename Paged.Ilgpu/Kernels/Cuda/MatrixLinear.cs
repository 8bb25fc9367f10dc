using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The linear layers on the matrix unit: the form for few rows or the one for many, which give the same bits.</summary>
internal sealed class MatrixLinear<TUnit, TMemory, TElement>(Accelerator accelerator) : ILinearForm
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TElement : struct, IElement16
{
    private readonly MatrixLinearLaunchers<TUnit, TMemory, AssignSums> _assign = new(accelerator);
    private readonly MatrixLinearLaunchers<TUnit, TMemory, AddSums> _accumulate = new(accelerator);
    private readonly MatrixLinearLaunchers<TUnit, TMemory, SwiGluSums<TElement>> _swiGlu = new(accelerator);

    public void Assign(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride) =>
        _assign.Launch(input, weight, ToElements(weight, output, outputStride), rows);

    public void Accumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride) =>
        _accumulate.Launch(input, weight, ToElements(weight, output, outputStride), rows);

    public bool TrySwiGlu(ArrayView<Packet> input, PackedMatrix weight, ArrayView<Packet> product, int rows, int octets)
    {
        LinearOutput output = default;
        output.Halves = product.Cast<ushort>();
        output.Columns = octets * Octet.Length;
        output.Stride = octets * Octet.Length;
        _swiGlu.Launch(input, weight, output, rows);
        return true;
    }

    private static LinearOutput ToElements(PackedMatrix weight, ArrayView<float> output, int stride)
    {
        LinearOutput result = default;
        result.Elements = output;
        result.Columns = weight.Columns;
        result.Stride = stride;
        return result;
    }
}
