using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// What the hardware of sm_90 wants to know of a matrix that it copies boxes of (CUDA Driver API, "Tensor Map Object Management"): 128 bytes in device memory, made when a matrix is first
/// multiplied. A map says nothing but where a matrix is and how large, by which it is found again.
/// </summary>
internal sealed unsafe partial class TensorMaps(Accelerator accelerator) : IDisposable
{
    /// <summary>Rows of a box of inputs.</summary>
    public const int RowsPerBox = 64;

    private const int MapBytes = 128;
    private const int L2Promotion128Bytes = 2; // CU_TENSOR_MAP_L2_PROMOTION_L2_128B
    private const int MapAlignment = 64;
    private const int MapsPerBuffer = 512;
    private const int FeaturesPerStep = MatrixLayout.OctetsPerStep * Octet.Length;
    private const int WordsPerRun = MatrixLayout.Lanes * Packet.SizeInBytes / sizeof(uint);

    private readonly Dictionary<(long Address, long Rows, int Columns, int BoxRows), long> _maps = [];
    private readonly List<MemoryBuffer1D<byte, Stride1D.Dense>> _buffers = [];

    /// <summary>Device memory, in bytes, allocated or still to be.</summary>
    public long SizeInBytes => accelerator.AcceleratorType == AcceleratorType.Cuda ? Math.Max(_buffers.Count, 1) * (long)MapsPerBuffer * MapBytes : 0;

    /// <summary>The maps of a linear layer's matrices.</summary>
    /// <param name="input">The input, all rows that its memory has room for.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="runsPerTile">Runs of 32 packets of the weights of a tile's columns in a step.</param>
    public StepMaps Of(LinearInput input, PackedMatrix weight, int runsPerTile)
    {
        long rows = input.Packets.View.Length / input.Octets;
        if (!_maps.TryGetValue((input.Packets.Address, rows, input.Octets, RowsPerBox), out long inputs))
        {
            // Boxes of 64 rows of 32 features, with the swizzle of StagedInputs.
            inputs = Add(
                new Box(DataType.UInt16, Swizzle.Bytes64, input.Packets.Address),
                [(ulong)input.Octets * Octet.Length, (ulong)rows],
                [(ulong)input.Octets * Packet.SizeInBytes],
                [FeaturesPerStep, RowsPerBox]);
            _maps.Add((input.Packets.Address, rows, input.Octets, RowsPerBox), inputs);
        }

        var packets = new PacketSource(weight.Packets);
        int steps = MatrixLayout.StepsFor(weight.Octets);
        long runs = weight.Packets.Length / MatrixLayout.Lanes / steps;
        if (!_maps.TryGetValue((packets.Address, runs, steps, runsPerTile), out long weights))
        {
            // Boxes of one step, [run, packet].
            weights = Add(
                new Box(DataType.UInt32, Swizzle.None, packets.Address),
                [WordsPerRun, (ulong)steps, (ulong)runs],
                [WordsPerRun * sizeof(uint), WordsPerRun * sizeof(uint) * (ulong)steps],
                [WordsPerRun, 1, (uint)runsPerTile]);
            _maps.Add((packets.Address, runs, steps, runsPerTile), weights);
        }

        return new StepMaps(inputs, weights);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private long Add(Box box, ReadOnlySpan<ulong> dimensions, ReadOnlySpan<ulong> strides, ReadOnlySpan<uint> boxDimensions)
    {
        byte* memory = stackalloc byte[MapBytes + MapAlignment];
        byte* map = (byte*)(((nint)memory + MapAlignment - 1) & ~(MapAlignment - 1));
        ReadOnlySpan<uint> one = [1, 1, 1];
        int error;
        fixed (ulong* firstDimension = dimensions, firstStride = strides)
        {
            fixed (uint* firstBoxDimension = boxDimensions, firstOne = one)
            {
                error = OperatingSystem.IsWindows()
                    ? EncodeOnWindows(map, box.Type, (uint)dimensions.Length, box.Address, firstDimension, firstStride, firstBoxDimension, firstOne, 0, box.Swizzle, L2Promotion128Bytes, 0)
                    : Encode(map, box.Type, (uint)dimensions.Length, box.Address, firstDimension, firstStride, firstBoxDimension, firstOne, 0, box.Swizzle, L2Promotion128Bytes, 0);
            }
        }

        if (error != 0)
            throw new PagedException($"{accelerator.Name} refuses to copy boxes of a matrix of {string.Join(" x ", dimensions.ToArray())} elements: CUDA error {error}.");
        int place = _maps.Count % MapsPerBuffer;
        if (place == 0)
            _buffers.Add(accelerator.Allocate1D<byte>(MapsPerBuffer * MapBytes));
        ArrayView<byte> target = _buffers[^1].View.AsContiguous().SubView(place * MapBytes, MapBytes);
        target.CopyFromCPU(new ReadOnlySpan<byte>(map, MapBytes).ToArray());
        return (long)target.LoadEffectiveAddressAsPtr();
    }

    // The library is the one that ILGPU itself has loaded.
    [LibraryImport("cuda", EntryPoint = "cuTensorMapEncodeTiled")]
    private static partial int Encode(
        byte* map, DataType type, uint rank, long address, ulong* dimensions, ulong* strides, uint* box, uint* steps, int interleave, Swizzle swizzle, int promotion, int fill);

    [LibraryImport("nvcuda", EntryPoint = "cuTensorMapEncodeTiled")]
    private static partial int EncodeOnWindows(
        byte* map, DataType type, uint rank, long address, ulong* dimensions, ulong* strides, uint* box, uint* steps, int interleave, Swizzle swizzle, int promotion, int fill);

    // CUtensorMapDataType
    private enum DataType
    {
        UInt16 = 1,
        UInt32 = 2,
    }

    // CUtensorMapSwizzle
    private enum Swizzle
    {
        None = 0,
        Bytes64 = 2,
    }

    private readonly record struct Box(DataType Type, Swizzle Swizzle, long Address);
}
