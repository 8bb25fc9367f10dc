using System.Numerics;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Vector;

using VectorLauncher = Action<
    KernelConfig, ArrayView<float>, ArrayView<Packet>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, int, int>;

/// <summary>The linear kernel for vector registers at every tile height, each loaded when it is first needed.</summary>
internal sealed class VectorLinearLaunchers<TWeight, TWrite>(Accelerator accelerator)
    where TWeight : struct, IWeightElement
    where TWrite : struct, IWrite
{
    private readonly VectorLauncher?[] _launchers = new VectorLauncher?[BitOperations.Log2(VectorLinearKernel.LargestHeight) + 1];

    public void Launch(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        int height = Math.Min(KernelSet.TileHeightFor(rows), VectorLinearKernel.LargestHeight);
        int blockColumns = height == VectorLinearKernel.LargestHeight ? ColumnBlock<ColumnRow>.Columns : WideColumnBlock<ColumnRow>.Columns;
        var grid = new Index3D((rows + height - 1) / height, (weight.Columns + blockColumns - 1) / blockColumns, 1);
        Launcher(height)(
            new KernelConfig(grid, new Index3D(1, 1, 1)),
            input.Cast<float>(),
            weight.Packets,
            weight.IsQuantized ? weight.Scales : output,
            weight.HasBias ? weight.Bias : output,
            output,
            rows,
            weight.Columns,
            weight.Octets,
            PackedLayout.OctetsPerPiece(weight.Octets),
            outputStride);
    }

    private VectorLauncher Launcher(int height) => _launchers[BitOperations.Log2((uint)height)] ??= height switch
    {
        1 => Load<WideColumnBlock<ColumnRow>>(),
        2 => Load<WideColumnBlock<ColumnRows<ColumnRow>>>(),
        4 => Load<WideColumnBlock<ColumnRows<ColumnRows<ColumnRow>>>>(),
        _ => Load<ColumnBlock<ColumnRows<ColumnRows<ColumnRows<ColumnRow>>>>>(),
    };

    private VectorLauncher Load<TBlock>()
        where TBlock : struct, IColumnBlock<TBlock> =>
        accelerator.LoadStreamKernel<
            ArrayView<float>, ArrayView<Packet>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, int, int>(
            VectorLinearKernel.Run<TWeight, TBlock, TWrite>);
}
