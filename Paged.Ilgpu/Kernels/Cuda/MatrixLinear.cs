using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The linear layers on the matrix unit: the form for few rows or the one for many, which give the same bits.</summary>
internal sealed class MatrixLinear<TUnit, TMemory, TElement, TWeights> : ILinearForm
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TElement : struct, IElement16
    where TWeights : struct, IMatrixWeights
{
    private readonly PieceWorkspace _workspace;
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TWeights, AssignSums> _assign;
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TWeights, AddSums> _accumulate;
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TWeights, SwiGluSums<TElement>> _swiGlu;

    public MatrixLinear(Accelerator accelerator, PieceWorkspace workspace, LinearTuning tuning)
    {
        _workspace = workspace;
        _assign = new MatrixLinearLaunchers<TUnit, TMemory, TWeights, AssignSums>(accelerator, _workspace, tuning);
        _accumulate = new MatrixLinearLaunchers<TUnit, TMemory, TWeights, AddSums>(accelerator, _workspace, tuning);
        _swiGlu = new MatrixLinearLaunchers<TUnit, TMemory, TWeights, SwiGluSums<TElement>>(accelerator, _workspace, tuning);
    }

    public bool FusesSwiGlu => true;

    public long WorkspaceBytes => _workspace.SizeInBytes;

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

    public void Dispose() => _workspace.Dispose();

    private static LinearOutput ToElements(PackedMatrix weight, ArrayView<float> output, int stride)
    {
        LinearOutput result = default;
        result.Elements = output;
        result.Columns = weight.Columns;
        result.Stride = stride;
        return result;
    }
}
