using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

using LinearLauncher = Action<
    KernelConfig, ArrayView<Packet>, ArrayView<Packet>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, int, int, SpecializedValue<int>>;

/// <summary>The linear kernel at every tile height, launched with the grid that suits it.</summary>
internal sealed class LinearLaunchers<TWeight, TWrite>(Accelerator accelerator, int groupSize)
    where TWeight : struct, IWeightElement
    where TWrite : struct, IWrite
{
    private readonly ByTileHeight<LinearLauncher> _launchers = new(new Loader(accelerator));

    public void Launch(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        int height = KernelSet.TileHeightFor(rows);
        var grid = new Index3D((weight.Columns + groupSize - 1) / groupSize, (rows + height - 1) / height, 1);
        _launchers[height](
            new KernelConfig(grid, new Index3D(groupSize, 1, 1)),
            input,
            weight.Packets,
            weight.IsQuantized ? weight.Scales : output,
            weight.HasBias ? weight.Bias : output,
            output,
            rows,
            weight.Columns,
            weight.Octets,
            PackedLayout.OctetsPerPiece(weight.Octets),
            outputStride,
            SpecializedValue.New(groupSize));
    }

    private sealed class Loader(Accelerator accelerator) : ITileLoader<LinearLauncher>
    {
        public LinearLauncher Load<TTile>()
            where TTile : struct, IRowTile<TTile> => accelerator.LoadStreamKernel<
                ArrayView<Packet>, ArrayView<Packet>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, int, int, SpecializedValue<int>>(
                    LinearKernel.Run<TWeight, TTile, TWrite>);
    }
}
