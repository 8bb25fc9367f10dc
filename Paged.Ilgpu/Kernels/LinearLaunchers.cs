using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

using LinearLauncher = Action<
    KernelConfig, ArrayView<Packet>, ArrayView<Packet>, ArrayView<float>, int, int, int, int, int, SpecializedValue<int>>;

/// <summary>The linear kernel at every tile height, each loaded when it is first needed.</summary>
internal sealed class LinearLaunchers<TWeight, TWrite>(Accelerator accelerator, int groupSize)
    where TWeight : struct, IElement
    where TWrite : struct, IWrite
{
    private readonly Lazy<LinearLauncher> _height1 = new(() => Load<OneRow>(accelerator));
    private readonly Lazy<LinearLauncher> _height2 = new(() => Load<Pair<OneRow>>(accelerator));
    private readonly Lazy<LinearLauncher> _height4 = new(() => Load<Pair<Pair<OneRow>>>(accelerator));
    private readonly Lazy<LinearLauncher> _height8 = new(() => Load<Pair<Pair<Pair<OneRow>>>>(accelerator));
    private readonly Lazy<LinearLauncher> _height16 = new(() => Load<Pair<Pair<Pair<Pair<OneRow>>>>>(accelerator));

    public void Launch(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        int height = KernelSet.TileHeightFor(rows);
        var grid = new Index3D((weight.Columns + groupSize - 1) / groupSize, (rows + height - 1) / height, 1);
        AtHeight(height)(
            new KernelConfig(grid, new Index3D(groupSize, 1, 1)),
            input,
            weight.Packets,
            output,
            rows,
            weight.Columns,
            weight.Octets,
            PackedLayout.OctetsPerPiece(weight.Octets),
            outputStride,
            SpecializedValue.New(groupSize));
    }

    private static LinearLauncher Load<TTile>(Accelerator accelerator)
        where TTile : struct, IRowTile<TTile> => accelerator.LoadStreamKernel<
            ArrayView<Packet>, ArrayView<Packet>, ArrayView<float>, int, int, int, int, int, SpecializedValue<int>>(
                LinearKernel.Run<TWeight, TTile, TWrite>);

    private LinearLauncher AtHeight(int height) => height switch
    {
        1 => _height1.Value,
        2 => _height2.Value,
        4 => _height4.Value,
        8 => _height8.Value,
        _ => _height16.Value,
    };
}
