using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>The element types as devices compile them.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class ElementKernelTests(TestBackend backend) : KernelFixture(backend)
{
    /// <summary>Sends every octet through a type, by both ways that kernels have.</summary>
    public static void StoreLoadAndRound<TElement>(
        Index1D octet,
        ArrayView<Packet> values, // [octet], float32
        ArrayView<Packet> stored, // [octet], of the type
        ArrayView<Packet> rounded) // [octet], float32
        where TElement : struct, IElement
    {
        Octet value = Float32.Load(values, octet);
        TElement.Store(stored, octet, value);
        Float32.Store(rounded, octet, Octet.Round<TElement>(value));
    }

    /// <summary>Widens stored octets.</summary>
    public static void Widen<TElement>(
        Index1D octet,
        ArrayView<Packet> stored, // [octet], of the type
        ArrayView<Packet> values) // [octet], float32
        where TElement : struct, IElement => Float32.Store(values, octet, TElement.Load(stored, octet));

    [Test]
    public void Float32_is_stored_as_it_is() => CheckRounding<Float32>(ElementType.Float32, ElementSamples.Of(ElementType.Float16));

    [Test]
    public void Bfloat16_is_rounded_to_the_nearest() => CheckRounding<BFloat16>(ElementType.BFloat16, ElementSamples.Of(ElementType.BFloat16));

    [Test]
    public void Float16_is_rounded_to_the_nearest() => CheckRounding<Float16>(ElementType.Float16, ElementSamples.Of(ElementType.Float16));

    [Test]
    public void Every_bfloat16_widens_exactly() => CheckWidening<BFloat16>(ElementType.BFloat16);

    [Test]
    public void Every_float16_widens_exactly() => CheckWidening<Float16>(ElementType.Float16);

    private void CheckRounding<TElement>(ElementType type, float[] samples)
        where TElement : struct, IElement
    {
        int octets = samples.Length / Octet.Length;
        ArrayView<Packet> stored = Device.Upload(new Packet[octets * TElement.PacketsPerOctet]);
        ArrayView<Packet> rounded = Device.Upload(new Packet[octets * Float32.PacketsPerOctet]);
        var kernel = Device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Packet>, ArrayView<Packet>, ArrayView<Packet>>(
            StoreLoadAndRound<TElement>);
        kernel(octets, Device.UploadRows(samples, samples.Length), stored, rounded);

        float[] fromStore = Packing.Decode(type, KernelDevice.Download(stored));
        float[] fromRound = KernelDevice.DownloadFloats(rounded);
        for (int i = 0; i < samples.Length; i++)
        {
            float expected = Rounding.To(type, samples[i]);
            ElementSamples.CheckSame(fromStore[i], expected, $"{samples[i]:r} stored");
            ElementSamples.CheckSame(fromRound[i], expected, $"{samples[i]:r} rounded");
        }
    }

    private void CheckWidening<TElement>(ElementType type)
        where TElement : struct, IElement
    {
        float[] all = [.. Enumerable.Range(0, ushort.MaxValue + 1).Select(bits => Rounding.FromBits(type, (ushort)bits))];
        ArrayView<Packet> values = Device.Upload(new Packet[all.Length / Octet.Length * Float32.PacketsPerOctet]);
        var kernel = Device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Packet>, ArrayView<Packet>>(Widen<TElement>);
        kernel(all.Length / Octet.Length, Device.Upload(Packing.Encode(type, all)), values);

        float[] widened = KernelDevice.DownloadFloats(values);
        for (int i = 0; i < all.Length; i++)
            ElementSamples.CheckSame(widened[i], all[i], $"bits {i:x4}");
    }
}
