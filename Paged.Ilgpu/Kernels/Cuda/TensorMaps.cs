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
    private const int Dimensions = 3;
    private const int MapBytes = 128;
    private const int L2Promotion128Bytes = 2; // CU_TENSOR_MAP_L2_PROMOTION_L2_128B
    private const int MapAlignment = 64;
    private const int MapsPerBuffer = 512;
    private const int FeaturesPerStep = MatrixLayout.OctetsPerStep * Octet.Length;
    private const int WordsPerRun = MatrixLayout.Lanes * Packet.SizeInBytes / sizeof(uint);

    private readonly Dictionary<(Box Box, Place Place), long> _maps = [];
    private readonly List<MemoryBuffer1D<byte, Stride1D.Dense>> _buffers = [];

    /// <summary>Device memory, in bytes, allocated or still to be.</summary>
    public long SizeInBytes => accelerator.AcceleratorType == AcceleratorType.Cuda ? Math.Max(_buffers.Count, 1) * (long)MapsPerBuffer * MapBytes : 0;

    /// <summary>The maps of a linear layer's matrices.</summary>
    /// <param name="input">The input, all rows that its memory has room for.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="inputBox">Rows of a box of the input, layers of them, and steps of which a row has the features.</param>
    /// <param name="weightBox">Runs of 32 packets and steps of a box of the weights.</param>
    public StepMaps Of(LinearInput input, PackedMatrix weight, (int Rows, int Layers, int StepsPerRow) inputBox, (int Runs, int Steps) weightBox)
    {
        int steps = MatrixLayout.StepsFor(weight.Octets);
        long rows = input.Packets.View.Length / input.Octets;
        var packets = new PacketSource(weight.Packets);
        long runs = weight.Packets.Length / MatrixLayout.Lanes / steps;

        // In shared memory a box is [layer, row, ...], with the swizzle of StagedInputs, or [step, run, ...].
        int features = inputBox.StepsPerRow * FeaturesPerStep;
        long inputs = Of(
            new Box(DataType.UInt16, inputBox.StepsPerRow > 1 ? Swizzle.Bytes128 : Swizzle.Bytes64, features, inputBox.Rows, inputBox.Layers),
            new Place(input.Packets.Address, rows, input.Octets * Packet.SizeInBytes, steps / inputBox.StepsPerRow, features * sizeof(ushort)));
        long weights = Of(
            new Box(DataType.UInt32, Swizzle.None, WordsPerRun, weightBox.Runs, weightBox.Steps),
            new Place(packets.Address, runs, WordsPerRun * sizeof(uint) * steps, steps, WordsPerRun * sizeof(uint)));
        return new StepMaps(inputs, weights);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private long Of(Box box, Place place)
    {
        if (!_maps.TryGetValue((box, place), out long address))
        {
            address = Add(box, place);
            _maps.Add((box, place), address);
        }

        return address;
    }

    private long Add(Box box, Place place)
    {
        byte* memory = stackalloc byte[MapBytes + MapAlignment];
        byte* map = (byte*)(((nint)memory + MapAlignment - 1) & ~(MapAlignment - 1));
        ulong* dimensions = stackalloc ulong[] { (ulong)box.Elements, (ulong)place.Rows, (ulong)place.Steps };
        ulong* strides = stackalloc ulong[] { (ulong)place.RowBytes, (ulong)place.StepBytes };
        uint* boxDimensions = stackalloc uint[] { (uint)box.Elements, (uint)box.Rows, (uint)box.Steps };
        uint* one = stackalloc uint[] { 1, 1, 1 };
        int error = OperatingSystem.IsWindows()
            ? EncodeOnWindows(map, box.Type, Dimensions, place.Address, dimensions, strides, boxDimensions, one, 0, box.Swizzle, L2Promotion128Bytes, 0)
            : Encode(map, box.Type, Dimensions, place.Address, dimensions, strides, boxDimensions, one, 0, box.Swizzle, L2Promotion128Bytes, 0);
        if (error != 0)
            throw new PagedException($"{accelerator.Name} refuses to copy {box} of {place}: CUDA error {error}.");
        int index = _maps.Count % MapsPerBuffer;
        if (index == 0)
            _buffers.Add(accelerator.Allocate1D<byte>(MapsPerBuffer * MapBytes));
        ArrayView<byte> target = _buffers[^1].View.AsContiguous().SubView(index * MapBytes, MapBytes);
        target.CopyFromCPU(new ReadOnlySpan<byte>(map, MapBytes).ToArray());
        return (long)target.LoadEffectiveAddressAsPtr();
    }

    // The library is the one that ILGPU itself has loaded.
    [LibraryImport("cuda", EntryPoint = "cuTensorMapEncodeTiled")]
    private static partial int Encode(
        byte* map, DataType type, int rank, long address, ulong* dimensions, ulong* strides, uint* box, uint* steps, int interleave, Swizzle swizzle, int promotion, int fill);

    [LibraryImport("nvcuda", EntryPoint = "cuTensorMapEncodeTiled")]
    private static partial int EncodeOnWindows(
        byte* map, DataType type, int rank, long address, ulong* dimensions, ulong* strides, uint* box, uint* steps, int interleave, Swizzle swizzle, int promotion, int fill);

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
        Bytes128 = 3,
    }

    private readonly record struct Box(DataType Type, Swizzle Swizzle, int Elements, int Rows, int Steps);

    // Where a matrix lies: rows, each of steps.
    private readonly record struct Place(long Address, long Rows, long RowBytes, int Steps, int StepBytes);
}
