using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>A device that a fixture of kernel tests keeps open, with the buffers of the test that runs.</summary>
internal sealed class KernelDevice(TestDevice device) : IDisposable
{
    private readonly Dictionary<(ElementType Weights, ElementType KeyValues, int GroupSize), KernelSet> _kernels = [];
    private readonly Dictionary<(ElementType Weights, LinearTuning Tuning), KernelSet> _matrixKernels = [];
    private readonly List<MemoryBuffer> _buffers = [];

    public Accelerator Accelerator => device.Accelerator;

    public int GroupSize => device.GroupSize;

    /// <summary>The kernels of the backend's form for element types, loaded once.</summary>
    public KernelSet Kernels(
        ElementType weights = ElementType.Float32, ElementType keyValues = ElementType.Float32, int? groupSize = null)
    {
        (ElementType, ElementType, int) key = (weights, keyValues, groupSize ?? GroupSize);
        if (!_kernels.TryGetValue(key, out KernelSet? kernels))
            _kernels[key] = kernels = KernelSet.Create(Accelerator, weights, keyValues, groupSize ?? GroupSize, device.Form);
        return kernels;
    }

    /// <summary>The kernels of the matrix unit, loaded once: emulated where the device has none.</summary>
    public KernelSet MatrixKernels(ElementType weights, LinearTuning tuning)
    {
        if (!_matrixKernels.TryGetValue((weights, tuning), out KernelSet? kernels))
            _matrixKernels[(weights, tuning)] = kernels = KernelSet.Create(Accelerator, weights, weights, GroupSize, KernelForm.MatrixUnit, tuning);
        return kernels;
    }

    /// <summary>Brings values to the device; they are freed when the test ends.</summary>
    public ArrayView<T> Upload<T>(params T[] values)
        where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = Accelerator.Allocate1D<T>(values.Length);
        _buffers.Add(buffer);
        HostCopy.Upload(buffer.View, values);
        return buffer.View;
    }

    /// <summary>Brings rows, [row, width], to the device, each padded with zeros to whole octets.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="width">Elements of one.</param>
    /// <param name="spareRows">Rows behind them that a kernel may read but must not use: every element is a NaN.</param>
    /// <param name="type">How the elements are stored.</param>
    public ArrayView<Packet> UploadRows(float[] rows, int width, int spareRows = 0, ElementType type = ElementType.Float32)
    {
        float[] spare = new float[spareRows * Packing.PaddedWidth(width)];
        Array.Fill(spare, float.NaN);
        return Upload(Packing.Encode(type, [.. Packing.Pad(rows, width), .. spare]));
    }

    /// <summary>Brings a weight matrix, [column, input], to the device.</summary>
    public PackedMatrix UploadMatrix(ElementType type, float[] weight, int inputs)
    {
        var matrix = new PackedMatrix(
            Upload(Packing.Encode(type, Packing.Tile(weight, inputs))), weight.Length / inputs, Packing.PaddedWidth(inputs) / Octet.Length);
        Kernels(type).Arrange(matrix);
        return matrix;
    }

    /// <summary>Brings a quantized weight matrix, [column, input], to the device.</summary>
    public PackedMatrix UploadMatrix(ElementType type, QuantizedMatrix weight)
    {
        var matrix = new PackedMatrix(
            Upload(Packing.EncodeBytes(Packing.Tile(weight.Numbers, weight.Inputs))),
            weight.Scales.Length,
            Packing.PaddedWidth(weight.Inputs) / Octet.Length,
            Scales: Upload(weight.PaddedScales));
        Kernels(type).Arrange(matrix);
        return matrix;
    }

    /// <summary>Sets every element.</summary>
    public static void Fill(ArrayView<float> view, float value)
    {
        var values = new float[view.Length];
        Array.Fill(values, value);
        HostCopy.Upload(view, values);
    }

    /// <summary>A view's contents once the device has done all its work.</summary>
    public static T[] Download<T>(ArrayView<T> view)
        where T : unmanaged
    {
        var values = new T[view.Length];
        HostCopy.Download(view, values);
        return values;
    }

    /// <summary>The elements of float32 packets.</summary>
    public static float[] DownloadFloats(ArrayView<Packet> view) => Packing.Decode(ElementType.Float32, Download(view));

    /// <summary>Frees the buffers of a test.</summary>
    public void FreeBuffers()
    {
        foreach (MemoryBuffer buffer in _buffers)
            buffer.Dispose();
        _buffers.Clear();
    }

    public void Dispose()
    {
        FreeBuffers();
        foreach (KernelSet kernels in _kernels.Values.Concat(_matrixKernels.Values))
            kernels.Dispose();
        device.Dispose();
    }
}
