using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>Times kernels on one device. Matrices are rotated, so that none is found in a cache.</summary>
internal sealed class KernelsBenchmark : IDisposable
{
    // Larger than the caches of any GPU.
    private const long RotatedBytes = 512L << 20;
    private const double ShortestSeconds = 0.05;
    private const int MostLaunches = 4000;

    private readonly Accelerator _accelerator;
    private readonly ElementType _type;
    private readonly KernelSet _kernels;
    private readonly MemoryBuffer1D<Packet, Stride1D.Dense> _weights; // of all matrices that are rotated
    private readonly Action<KernelConfig, ArrayView<Packet>, ArrayView<uint>, int> _sum;

    public KernelsBenchmark(Accelerator accelerator, ElementType type, KernelForm form)
    {
        _accelerator = accelerator;
        _type = type;
        _kernels = KernelSet.Create(accelerator, type, type, KernelSet.GroupSizeFor(accelerator), form);
        _weights = accelerator.Allocate1D<Packet>((RotatedBytes + LargestMatrixBytes()) / Packet.SizeInBytes);
        FillWithSmallNumbers(_weights.View);
        _sum = accelerator.LoadStreamKernel<ArrayView<Packet>, ArrayView<uint>, int>(SumPackets);
    }

    /// <summary>Numbers of rows that are measured.</summary>
    public static IReadOnlyList<int> RowCounts { get; } = [1, 8, 16, 32, 48, 64, 128, 256, 1024, 4096];

    /// <summary>The form of the kernels.</summary>
    public KernelForm Form => _kernels.Form;

    /// <summary>Bytes that the device reads in a second: a kernel that sums what it reads.</summary>
    public double ReadBandwidth()
    {
        int groupSize = Math.Min(256, _accelerator.MaxNumThreadsPerGroup);
        int items = groupSize * Math.Max(1, _accelerator.NumMultiprocessors * 8);
        using MemoryBuffer1D<uint, Stride1D.Dense> sums = _accelerator.Allocate1D<uint>(items);
        var config = new KernelConfig(items / groupSize, groupSize);
        return _weights.LengthInBytes / SecondsOf(_ => _sum(config, _weights.View, sums.View, items));
    }

    /// <summary>Times one linear layer.</summary>
    public LinearResult Measure(LinearShape shape, int rows)
    {
        int octets = shape.Inputs / Octet.Length;
        long packets = PacketsOf(shape);
        int matrices = (int)Math.Max(1, RotatedBytes / (packets * Packet.SizeInBytes));
        int inputPackets = _kernels.InputType == ElementType.Float32 ? 2 : 1;
        int paddedRows = (rows + KernelSet.LargestTileHeight - 1) / KernelSet.LargestTileHeight * KernelSet.LargestTileHeight;
        bool isGateUp = shape.Kind == LinearKind.GateUp;
        using MemoryBuffer1D<Packet, Stride1D.Dense> input = _accelerator.Allocate1D<Packet>((long)paddedRows * octets * inputPackets);
        using MemoryBuffer1D<float, Stride1D.Dense> output = _accelerator.Allocate1D<float>((long)paddedRows * shape.Columns);
        using MemoryBuffer1D<Packet, Stride1D.Dense> product = _accelerator.Allocate1D<Packet>(isGateUp ? (long)paddedRows * shape.Columns / 8 : 1);
        FillWithSmallNumbers(input.View);
        output.MemSetToZero();

        double seconds = SecondsOf(turn =>
        {
            ArrayView<Packet> view = _weights.View.AsContiguous().SubView(turn % matrices * packets, packets);
            var matrix = new PackedMatrix(view, shape.Columns, octets);
            if (isGateUp)
                _kernels.GateUp(input.View, matrix, output.View.AsContiguous().Cast<Packet>(), product.View, rows, shape.Columns / 2 / Octet.Length);
            else if (shape.Kind == LinearKind.Accumulate)
                _kernels.LinearAccumulate(input.View, matrix, output.View, rows, shape.Columns);
            else
                _kernels.Linear(input.View, matrix, output.View, rows, shape.Columns);
        });
        return new LinearResult
        {
            Layer = shape.Name,
            Rows = rows,
            Microseconds = seconds * 1e6,
            BytesPerSecond = packets * Packet.SizeInBytes / seconds,
            OperationsPerSecond = 2.0 * rows * shape.Columns * shape.Inputs / seconds,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights.Dispose();
        _kernels.Dispose();
    }

    /// <summary>Sums all words, so that all are read.</summary>
    public static void SumPackets(
        ArrayView<Packet> packets,
        ArrayView<uint> sums, // [item]
        int items)
    {
        int item = Grid.GlobalIndex.X;
        uint sum = 0;
        for (long index = item; index < packets.Length; index += items)
        {
            Packet packet = packets[index];
            sum += packet.Word0 + packet.Word1 + packet.Word2 + packet.Word3;
        }

        sums[item] = sum;
    }

    private long LargestMatrixBytes() => LinearShape.Llama3EightB.Max(PacketsOf) * Packet.SizeInBytes;

    private long PacketsOf(LinearShape shape)
    {
        int octets = shape.Inputs / Octet.Length;
        return Form == KernelForm.MatrixUnit
            ? MatrixLayout.OctetCount(shape.Columns, octets)
            : PackedLayout.OctetCount(shape.Columns, octets) * (_type == ElementType.Float32 ? 2 : 1);
    }

    // Words whose halves, and which themselves, are numbers near one in every type.
    private void FillWithSmallNumbers(ArrayView<Packet> view)
    {
        var random = new Random(1);
        var chunk = new Packet[Math.Min(view.Length, 1 << 18)];
        uint Half() => 0x3c00u | (uint)random.Next(128) | (uint)random.Next(2) << 15;
        uint Word() => Half() | Half() << 16;
        for (int index = 0; index < chunk.Length; index++)
            chunk[index] = new Packet(Word(), Word(), Word(), Word());
        view.SubView(0, chunk.Length).CopyFromCPU(chunk);
        for (long done = chunk.Length; done < view.Length; done += chunk.Length)
        {
            long length = Math.Min(chunk.Length, view.Length - done);
            view.SubView(0, length).CopyTo(_accelerator.DefaultStream, view.SubView(done, length));
        }

        _accelerator.Synchronize();
    }

    // Queues launches until the device has been busy for long enough, and divides.
    private double SecondsOf(Action<int> launch)
    {
        int launches = 1;
        launch(0);
        _accelerator.Synchronize();
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            for (int turn = 0; turn < launches; turn++)
                launch(turn);
            _accelerator.Synchronize();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (seconds >= ShortestSeconds || launches >= MostLaunches)
                return seconds / launches;
            launches = (int)Math.Clamp(launches * 1.2 * ShortestSeconds / Math.Max(seconds, 1e-6), launches + 1, MostLaunches);
        }
    }
}
