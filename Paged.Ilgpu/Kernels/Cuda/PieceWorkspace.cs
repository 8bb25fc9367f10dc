using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The memory of a <see cref="PieceExchange"/>, for as many tiles as a device wants to be split, made when it is first needed.</summary>
internal sealed class PieceWorkspace(Accelerator accelerator) : IDisposable
{
    private const int MostPieces = FewRowsLinearKernel.Warps;

    private MemoryBuffer1D<float, Stride1D.Dense>? _pieces;
    private MemoryBuffer1D<int, Stride1D.Dense>? _counts;

    /// <summary>Tiles from which on they keep the device busy without being split: two groups for each multiprocessor.</summary>
    public int EnoughTiles { get; } = 2 * accelerator.NumMultiprocessors;

    /// <summary>The meeting place of fewer tiles than that.</summary>
    public PieceExchange Exchange
    {
        get
        {
            if (_pieces is null)
            {
                _pieces = accelerator.Allocate1D<float>((long)EnoughTiles * MostPieces * WarpTile.Count * ManyRowsLinearKernel.GroupSize);
                _counts = accelerator.Allocate1D<int>(EnoughTiles * (1 + MostPieces));
                _counts.MemSetToZero(accelerator.DefaultStream);
            }

            PieceExchange exchange;
            exchange.Pieces = _pieces.View;
            exchange.Arrivals = _counts!.View.AsContiguous().SubView(0, EnoughTiles);
            exchange.Tickets = _counts.View.AsContiguous().SubView(EnoughTiles, EnoughTiles * MostPieces);
            return exchange;
        }
    }

    public void Dispose()
    {
        _pieces?.Dispose();
        _counts?.Dispose();
    }
}
