using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The linear layers on the matrix unit: the form for few rows or the one for many, which give the same bits.</summary>
internal sealed class MatrixLinear<TUnit, TMemory, TGroup, TWeights> : ILinearForm
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TGroup : struct, IWarpgroup
    where TWeights : struct, IMatrixWeights
{
    private readonly PieceWorkspace _workspace;
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, AssignSums> _assign;
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, AddSums> _accumulate;
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, SwiGluSums<TUnit>> _swiGlu;

    // Few models have biases; a kernel is loaded when it is first needed.
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, BiasedFinish<AssignSums>> _assignBiased;
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, BiasedFinish<AddSums>> _accumulateBiased;
    private readonly MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, BiasedFinish<SwiGluSums<TUnit>>> _swiGluBiased;

    public MatrixLinear(Accelerator accelerator, PieceWorkspace workspace, LinearTuning tuning)
    {
        _workspace = workspace;
        _assign = new MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, AssignSums>(accelerator, _workspace, tuning);
        _accumulate = new MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, AddSums>(accelerator, _workspace, tuning);
        _swiGlu = new MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, SwiGluSums<TUnit>>(accelerator, _workspace, tuning);
        _assignBiased = new MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, BiasedFinish<AssignSums>>(accelerator, _workspace, tuning);
        _accumulateBiased = new MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, BiasedFinish<AddSums>>(accelerator, _workspace, tuning);
        _swiGluBiased = new MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, BiasedFinish<SwiGluSums<TUnit>>>(accelerator, _workspace, tuning);
    }

    public bool FusesSwiGlu => true;

    public long WorkspaceBytes => _workspace.SizeInBytes;

    public void Assign(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        if (weight.HasBias)
            _assignBiased.Launch(input, weight, ToElements(weight, output, outputStride), rows);
        else
            _assign.Launch(input, weight, ToElements(weight, output, outputStride), rows);
    }

    public void Accumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        if (weight.HasBias)
            _accumulateBiased.Launch(input, weight, ToElements(weight, output, outputStride), rows);
        else
            _accumulate.Launch(input, weight, ToElements(weight, output, outputStride), rows);
    }

    public bool TrySwiGlu(ArrayView<Packet> input, PackedMatrix weight, ArrayView<Packet> product, int rows, int octets)
    {
        LinearOutput output = default;
        output.Halves = product.Cast<ushort>();
        output.Biases = weight.Bias;
        output.Columns = octets * Octet.Length;
        output.Stride = octets * Octet.Length;
        if (weight.HasBias)
            _swiGluBiased.Launch(input, weight, output, rows);
        else
            _swiGlu.Launch(input, weight, output, rows);
        return true;
    }

    public void Dispose() => _workspace.Dispose();

    private static LinearOutput ToElements(PackedMatrix weight, ArrayView<float> output, int stride)
    {
        LinearOutput result = default;
        result.Elements = output;
        result.Biases = weight.Bias;
        result.Columns = weight.Columns;
        result.Stride = stride;
        return result;
    }
}
