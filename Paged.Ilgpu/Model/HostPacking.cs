using ILGPU;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Model;

/// <summary>Writes octets into host memory in the form in which kernels read them from the device.</summary>
internal static class HostPacking
{
    /// <summary>Packets that an octet of such elements takes.</summary>
    public static int PacketsPerOctet(ElementType type) => type == ElementType.Float32 ? Float32.PacketsPerOctet : BFloat16.PacketsPerOctet;

    /// <summary>Rounds an octet to an element type and writes it.</summary>
    /// <param name="octet">Eight elements.</param>
    /// <param name="type">The type to store them in.</param>
    /// <param name="target">As many packets as the octet takes.</param>
    public static void Write(ReadOnlySpan<float> octet, ElementType type, Span<Packet> target)
    {
        switch (type)
        {
            case ElementType.Float32:
                target[0] = new Packet(Bits(octet[0]), Bits(octet[1]), Bits(octet[2]), Bits(octet[3]));
                target[1] = new Packet(Bits(octet[4]), Bits(octet[5]), Bits(octet[6]), Bits(octet[7]));
                break;
            case ElementType.BFloat16:
                target[0] = new Packet(
                    BFloat16.Narrow(octet[0]) | BFloat16.Narrow(octet[1]) << 16,
                    BFloat16.Narrow(octet[2]) | BFloat16.Narrow(octet[3]) << 16,
                    BFloat16.Narrow(octet[4]) | BFloat16.Narrow(octet[5]) << 16,
                    BFloat16.Narrow(octet[6]) | BFloat16.Narrow(octet[7]) << 16);
                break;
            default:
                target[0] = new Packet(
                    Float16.Narrow(octet[0]) | Float16.Narrow(octet[1]) << 16,
                    Float16.Narrow(octet[2]) | Float16.Narrow(octet[3]) << 16,
                    Float16.Narrow(octet[4]) | Float16.Narrow(octet[5]) << 16,
                    Float16.Narrow(octet[6]) | Float16.Narrow(octet[7]) << 16);
                break;
        }
    }

    /// <summary>The value after a journey through an element type.</summary>
    public static float Round(float value, ElementType type) => type switch
    {
        ElementType.Float32 => value,
        ElementType.BFloat16 => BFloat16.Round(value),
        _ => Float16.Round(value),
    };

    private static uint Bits(float value) => Interop.FloatAsInt(value);
}
