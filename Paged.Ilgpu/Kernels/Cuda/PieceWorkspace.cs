using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>What linear layers want of device memory beside their matrices: the memory of a <see cref="PieceExchange"/>, made when it is first needed, and maps.</summary>
internal sealed class PieceWorkspace(Accelerator accelerator) : IDisposable
{
    private const int MostPieces = FewRowsLinearKernel.Warps;

    // A tile of 128 columns and 128 rows for each piece of one tile a multiprocessor.
    private readonly long _sums = (long)accelerator.NumMultiprocessors * MostPieces * 128 * 128;
    private readonly int _mostTiles = 8 * accelerator.NumMultiprocessors;

    private MemoryBuffer1D<float, Stride1D.Dense>? _pieces;
    private MemoryBuffer1D<int, Stride1D.Dense>? _counts;

    /// <summary>Device memory, in bytes, allocated or still to be.</summary>
    public long SizeInBytes => sizeof(float) * _sums + sizeof(int) * CountLength + Maps.SizeInBytes;

    /// <summary>The maps of their matrices.</summary>
    public TensorMaps Maps { get; } = new(accelerator);

    private long CountLength => _mostTiles;

    /// <summary>The meeting place of the groups of split tiles, or the place of the running sums of groups that are resident.</summary>
    public PieceExchange Exchange
    {
        get
        {
            if (_pieces is null)
            {
                _pieces = accelerator.Allocate1D<float>(_sums);
                _counts = accelerator.Allocate1D<int>(CountLength);
                _counts.MemSetToZero(accelerator.DefaultStream);
            }

            PieceExchange exchange;
            exchange.Pieces = _pieces.View;
            exchange.Arrivals = _counts!.View.AsContiguous().SubView(0, _mostTiles);
            return exchange;
        }
    }

    /// <summary>How many groups a tile is given: one for each piece where there are too few tiles for the device.</summary>
    /// <param name="tiles">Tiles of the layer.</param>
    /// <param name="tileSums">Sums of a tile.</param>
    /// <param name="pieces">Pieces of a sum.</param>
    /// <param name="enough">Tiles for each multiprocessor that are enough.</param>
    public int GroupsPerTile(int tiles, int tileSums, int pieces, int enough) =>
        tiles < enough * accelerator.NumMultiprocessors && tiles <= _mostTiles && (long)tiles * tileSums * pieces <= _sums ? pieces : 1;

    public void Dispose()
    {
        _pieces?.Dispose();
        _counts?.Dispose();
        Maps.Dispose();
    }
}
