using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Model;

/// <summary>
/// Brings tensors to the device in the order that the kernels read, see <see cref="PackedLayout"/> and <see cref="MatrixLayout"/>. Owns
/// what it allocates. The host holds a few tiles a thread at a time.
/// </summary>
/// <param name="accelerator">The device.</param>
/// <param name="type">The type in which it stores matrices that are not quantized.</param>
/// <param name="form">The form of the kernels, which decides on the order.</param>
/// <param name="progress">Told of every few tiles, from one thread at a time; null where nobody asks.</param>
/// <param name="totalBytes">What all tensors take on the device, for the progress.</param>
/// <param name="quantization">Whether the matrices of linear layers are quantized.</param>
internal sealed class WeightPacker(
    Accelerator accelerator,
    ElementType type,
    KernelForm form = KernelForm.Portable,
    IProgress<LoadProgress>? progress = null,
    long totalBytes = 0,
    WeightQuantization quantization = WeightQuantization.None) : IDisposable
{
    // Two keep up with a disk; more than a few wait for memory.
    private static readonly int Threads = Math.Clamp(Environment.ProcessorCount, 2, 8);

    private readonly List<MemoryBuffer> _buffers = [];
    private readonly Lock _progressLock = new();
    private long _bytesDone;

    /// <summary>Bytes allocated on the device so far.</summary>
    public long SizeInBytes => _buffers.Sum(buffer => buffer.LengthInBytes);

    /// <summary>Packs a matrix whose rows are looked up, in the weights' type whatever the quantization.</summary>
    public PackedMatrix PackEmbedding(WeightTensor tensor) => Pack(
        tensor.ColumnCount,
        tensor.RowCount,
        column => column < tensor.RowCount ? new ColumnSource(tensor, column) : default,
        WeightQuantization.None);

    /// <summary>Packs matrices of equal width, one below the other, into one.</summary>
    /// <param name="inputs">Columns of each tensor: the input features.</param>
    /// <param name="columnsPerPart">Rows that each tensor takes, at least as many as it has; the rest is zero.</param>
    /// <param name="parts">The tensors, [output feature, input feature].</param>
    public PackedMatrix PackMatrix(int inputs, int columnsPerPart, params WeightTensor[] parts)
    {
        return Pack(inputs, columnsPerPart * parts.Length, column =>
        {
            (int part, int row) = Math.DivRem(column, columnsPerPart);
            return part < parts.Length ? ColumnSource.Of(parts[part], row) : default;
        });
    }

    /// <summary>
    /// Packs gate and up projection into one: one below the other, or, for the matrix unit, a tile of the one beside the same tile of the
    /// other, so that a lane which holds a gate's sum holds its up's too.
    /// </summary>
    /// <param name="inputs">Columns of each tensor: the input features.</param>
    /// <param name="columnsPerPart">Rows that each tensor takes, a multiple of eight and at least as many as it has; the rest is zero.</param>
    /// <param name="gate">[output feature, input feature].</param>
    /// <param name="up">[output feature, input feature].</param>
    public PackedMatrix PackGateUp(int inputs, int columnsPerPart, WeightTensor gate, WeightTensor up)
    {
        if (form != KernelForm.MatrixUnit)
            return PackMatrix(inputs, columnsPerPart, gate, up);
        const int Tile = MatrixLayout.ColumnsPerTile;
        return Pack(inputs, 2 * columnsPerPart, column =>
            ColumnSource.Of(column / Tile % 2 == 0 ? gate : up, column / (2 * Tile) * Tile + column % Tile));
    }

    /// <summary>Packs query, key and value projections, one below the other, into one.</summary>
    public PackedMatrix PackQueryKeyValue(WeightTensor query, WeightTensor key, WeightTensor value)
    {
        int firstKey = query.RowCount;
        int firstValue = firstKey + key.RowCount;
        int columns = firstValue + value.RowCount;
        return Pack(query.ColumnCount, columns, column =>
            column < firstKey ? new ColumnSource(query, column)
            : column < firstValue ? new ColumnSource(key, column - firstKey)
            : column < columns ? new ColumnSource(value, column - firstValue)
            : default);
    }

    /// <summary>Brings a vector to the device: rounded to the weights' type, kept as float32, padded with zeros to whole octets.</summary>
    public ArrayView<Packet> PackVector(WeightTensor tensor)
    {
        var values = new float[Octet.CountFor(tensor.ColumnCount) * Octet.Length];
        tensor.ReadRow(0, values.AsSpan(0, tensor.ColumnCount));
        foreach (ref float value in values.AsSpan())
            value = Narrowing.Round(value, type);
        ReadOnlySpan<Packet> packets = MemoryMarshal.Cast<float, Packet>(values);
        ArrayView<Packet> view = Allocate(packets.Length);
        HostCopy.Upload(view, packets);
        Report(tensor.ColumnCount * type.SizeInBytes());
        return view;
    }

    /// <summary>Brings the biases of gate and up projection to the device, in the order of <see cref="PackGateUp"/>.</summary>
    /// <param name="columns">Output features of both, padding included.</param>
    /// <param name="gate">[row, 1].</param>
    /// <param name="up">[row, 1].</param>
    public ArrayView<float> PackGateUpBias(int columns, WeightTensor gate, WeightTensor up)
    {
        if (form != KernelForm.MatrixUnit)
            return PackBias(columns, gate, up);
        var values = new float[PackedMatrix.ScaleCount(columns)];
        for (int row = 0; row < gate.RowCount; row++)
        {
            int column = row / MatrixLayout.ColumnsPerTile * MatrixLayout.ColumnsPerBlock + row % MatrixLayout.ColumnsPerTile;
            ReadBias(gate, row, ref values[column]);
            ReadBias(up, row, ref values[column + MatrixLayout.ColumnsPerTile]);
        }

        Report((gate.RowCount + up.RowCount) * type.SizeInBytes());
        return Upload(values);
    }

    /// <summary>Brings a bias to the device: rounded to the weights' type, kept as float32.</summary>
    /// <param name="columns">Output features of the matrix that it belongs to.</param>
    /// <param name="parts">The biases of the tensors that lie in the matrix one below the other, [row, 1]; in a matrix with padding of equal
    /// length, and padded alike.</param>
    public ArrayView<float> PackBias(int columns, params ReadOnlySpan<WeightTensor> parts)
    {
        int rows = 0;
        foreach (WeightTensor part in parts)
            rows += part.RowCount;
        int padding = (columns - rows) / parts.Length;
        var values = new float[PackedMatrix.ScaleCount(columns)];
        int column = 0;
        foreach (WeightTensor part in parts)
        {
            for (int row = 0; row < part.RowCount; row++)
                ReadBias(part, row, ref values[column++]);
            column += padding;
        }

        Report(rows * type.SizeInBytes());
        return Upload(values);
    }

    public void Dispose()
    {
        foreach (MemoryBuffer buffer in _buffers)
            buffer.Dispose();
    }

    private void ReadBias(WeightTensor tensor, int row, ref float bias)
    {
        tensor.ReadRow(row, new Span<float>(ref bias));
        bias = Narrowing.Round(bias, type);
    }

    private ArrayView<float> Upload(float[] values)
    {
        MemoryBuffer1D<float, Stride1D.Dense> buffer = accelerator.Allocate1D<float>(values.Length);
        _buffers.Add(buffer);
        HostCopy.Upload<float>(buffer.View, values);
        return buffer.View;
    }

    private ArrayView<Packet> Allocate(long packets)
    {
        DeviceLimits.CheckAllocation(
            accelerator, packets * Packet.SizeInBytes, "A matrix of the model", "a smaller type (--dtype) or another device (--device)");
        MemoryBuffer1D<Packet, Stride1D.Dense> buffer = accelerator.Allocate1D<Packet>(packets);
        _buffers.Add(buffer);
        return buffer.View;
    }

    private PackedMatrix Pack(int inputs, int columns, Func<int, ColumnSource> locate) => Pack(inputs, columns, locate, quantization);

    private PackedMatrix Pack(int inputs, int columns, Func<int, ColumnSource> locate, WeightQuantization storage)
    {
        var tiles = new TileOrder(form, type, storage, columns, Octet.CountFor(inputs));
        ArrayView<Packet> view = Allocate(tiles.TotalPackets);
        float[] scales = tiles.IsQuantized ? new float[PackedMatrix.ScaleCount(columns)] : [];
        var packers = new ConcurrentBag<TilePacker>();
        try
        {
            Parallel.For(
                0,
                (tiles.Count + tiles.AtOnce - 1) / tiles.AtOnce,
                new ParallelOptions { MaxDegreeOfParallelism = Threads },
                step =>
                {
                    using ScopedAcceleratorBinding binding = accelerator.BindScoped(); // CUDA's context is a thread's
                    TilePacker packer = packers.TryTake(out TilePacker? idle) ? idle : new TilePacker(accelerator, tiles, scales);
                    int firstTile = step * tiles.AtOnce;
                    Report(packer.Pack(view, firstTile, Math.Min(tiles.AtOnce, tiles.Count - firstTile), locate));
                    packers.Add(packer);
                });
        }
        catch (AggregateException faults)
        {
            ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]); // the user's to mend, and one sentence says it
        }
        finally
        {
            foreach (TilePacker packer in packers)
                packer.Dispose();
        }

        var matrix = new PackedMatrix(view, columns, tiles.Octets);
        return tiles.IsQuantized ? matrix with { Scales = Upload(scales) } : matrix;
    }

    private void Report(long bytes)
    {
        if (progress is null)
            return;
        lock (_progressLock)
        {
            _bytesDone += bytes;
            progress.Report(new LoadProgress(_bytesDone, totalBytes));
        }
    }
}
