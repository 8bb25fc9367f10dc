using System.Runtime.InteropServices;
using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tests.Kernels;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Model;

/// <summary>Packed weights against a plain form of the layout, bit for bit. The device does nothing here but hold them.</summary>
public sealed class WeightPackerTests
{
    private readonly Random _random = new(1);
    private TestDevice _device = null!;

    [OneTimeSetUp]
    public void Open() => _device = new TestBackend("cpu", 1).Open();

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    // The last is larger than what is staged at once, and does not divide by it.
    [TestCase(1, 1)]
    [TestCase(13, 21)]
    [TestCase(16, 64)]
    [TestCase(1_201, 1_000)]
    public void A_matrix_is_rounded_tiled_and_padded_with_zeros(int columns, int inputs)
    {
        foreach (ElementType type in Enum.GetValues<ElementType>())
        {
            using var packer = new WeightPacker(_device.Accelerator, type);
            (WeightTensor tensor, float[] elements) = Tensor(columns, inputs);
            PackedMatrix matrix = packer.PackMatrix(inputs, columns, tensor);
            Assert.That((matrix.Columns, matrix.Octets), Is.EqualTo((columns, (inputs + 7) / 8)));
            CheckBytes(matrix.Packets, Packing.Encode(type, Packing.Tile(elements, inputs)));
            Assert.That(packer.SizeInBytes, Is.EqualTo(matrix.Packets.LengthInBytes));
        }
    }

    [TestCase(13, 21)]
    [TestCase(130, 64)]
    [TestCase(1_201, 1_000)]
    public void A_matrix_for_the_matrix_unit_has_an_order_of_its_own(int columns, int inputs)
    {
        using var packer = new WeightPacker(_device.Accelerator, ElementType.BFloat16, KernelForm.MatrixUnit);
        (WeightTensor tensor, float[] elements) = Tensor(columns, inputs);
        PackedMatrix matrix = packer.PackMatrix(inputs, columns, tensor);
        CheckBytes(matrix.Packets, Packing.Encode(ElementType.BFloat16, Packing.TileForMatrixUnit(elements, inputs)));
    }

    [Test]
    public void Parts_stand_below_each_other_each_with_its_own_padding([Values] ElementType type)
    {
        const int Inputs = 21, Rows = 11, PaddedRows = 16;
        using var packer = new WeightPacker(_device.Accelerator, type);
        (WeightTensor gate, float[] gateElements) = Tensor(Rows, Inputs);
        (WeightTensor up, float[] upElements) = Tensor(Rows, Inputs);
        var padding = new float[(PaddedRows - Rows) * Inputs];
        CheckBytes(
            packer.PackMatrix(Inputs, PaddedRows, gate, up).Packets,
            Packing.Encode(type, Packing.Tile([.. gateElements, .. padding, .. upElements, .. padding], Inputs)));
    }

    [Test]
    public void Queries_keys_and_values_stand_below_each_other([Values] ElementType type)
    {
        const int Inputs = 24;
        using var packer = new WeightPacker(_device.Accelerator, type);
        (WeightTensor query, float[] queryElements) = Tensor(18, Inputs);
        (WeightTensor key, float[] keyElements) = Tensor(6, Inputs);
        (WeightTensor value, float[] valueElements) = Tensor(6, Inputs);
        PackedMatrix matrix = packer.PackQueryKeyValue(query, key, value);
        Assert.That(matrix.Columns, Is.EqualTo(30));
        CheckBytes(matrix.Packets, Packing.Encode(type, Packing.Tile([.. queryElements, .. keyElements, .. valueElements], Inputs)));
    }

    [TestCase(13, 21)]
    [TestCase(130, 64)]
    [TestCase(1_201, 1_000)]
    public void A_quantized_matrix_has_a_scale_for_each_column(int columns, int inputs)
    {
        foreach (KernelForm form in (KernelForm[])[KernelForm.Portable, KernelForm.MatrixUnit])
        {
            using var packer = new WeightPacker(_device.Accelerator, ElementType.BFloat16, form, quantization: WeightQuantization.Int8);
            (WeightTensor tensor, float[] elements) = Tensor(columns, inputs);
            var expected = QuantizedMatrix.Of(elements, inputs);
            PackedMatrix matrix = packer.PackMatrix(inputs, columns, tensor);
            CheckBytes(matrix.Packets, Packing.EncodeBytes(form == KernelForm.MatrixUnit
                ? Packing.TileBytesForMatrixUnit(expected.Numbers, inputs)
                : Packing.Tile(expected.Numbers, inputs)));
            var scales = new float[matrix.Scales.Length];
            HostCopy.Download(matrix.Scales, scales);
            Assert.That(scales, Is.EqualTo((float[])[.. expected.Scales, .. new float[scales.Length - columns]]));
            Assert.That(scales, Has.Length.EqualTo((columns + 127) / 128 * 128));
        }
    }

    [Test]
    public void An_embedding_is_not_quantized()
    {
        using var packer = new WeightPacker(_device.Accelerator, ElementType.BFloat16, quantization: WeightQuantization.Int8);
        (WeightTensor tensor, float[] elements) = Tensor(40, 24);
        PackedMatrix matrix = packer.PackEmbedding(tensor);
        Assert.That(matrix.IsQuantized, Is.False);
        CheckBytes(matrix.Packets, Packing.Encode(ElementType.BFloat16, Packing.Tile(elements, 24)));
    }

    [Test]
    public void A_vector_is_rounded_but_kept_in_float32([Values] ElementType type)
    {
        using var packer = new WeightPacker(_device.Accelerator, type);
        (WeightTensor tensor, float[] elements) = Tensor(1, 21);
        CheckBytes(packer.PackVector(tensor), Packing.Encode(ElementType.Float32, Packing.Pad(Rounding.To(type, elements), 21)));
    }

    private (WeightTensor Tensor, float[] Elements) Tensor(int rows, int columns)
    {
        float[] elements = RandomLlama.Uniform(_random, rows * columns);
        using var weights = new ArrayWeights(ElementType.Float32);
        weights.Add("tensor", rows, columns, elements);
        return (weights.GetTensor("tensor", rows, columns), elements);
    }

    private static void CheckBytes(ArrayView<Packet> view, Packet[] expected)
    {
        var packets = new Packet[view.Length];
        HostCopy.Download(view, packets);
        Assert.That(MemoryMarshal.AsBytes<Packet>(packets).SequenceEqual(MemoryMarshal.AsBytes<Packet>(expected)), "every bit");
    }
}
