using ILGPU;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>Multiplies and adds in registers and does nothing else: how fast a device computes in float32.</summary>
public static class MultiplyAddKernel
{
    /// <summary>Independent sums of one item: eight octets.</summary>
    public const int Sums = 8 * Octet.Length;

    /// <summary>The kernel.</summary>
    public static void Run(
        ArrayView<Packet> results, // [item, octet]
        float factor,
        float start,
        int rounds)
    {
        Octet addend = Of(start);
        Octet a = Of(0), b = Of(1), c = Of(2), d = Of(3), e = Of(4), f = Of(5), g = Of(6), h = Of(7);
        for (int round = 0; round < rounds; round++)
        {
            a = Octet.FusedMultiplyAdd(addend, factor, a);
            b = Octet.FusedMultiplyAdd(addend, factor, b);
            c = Octet.FusedMultiplyAdd(addend, factor, c);
            d = Octet.FusedMultiplyAdd(addend, factor, d);
            e = Octet.FusedMultiplyAdd(addend, factor, e);
            f = Octet.FusedMultiplyAdd(addend, factor, f);
            g = Octet.FusedMultiplyAdd(addend, factor, g);
            h = Octet.FusedMultiplyAdd(addend, factor, h);
        }

        Octet sum = Octet.Add(Octet.Add(Octet.Add(a, b), Octet.Add(c, d)), Octet.Add(Octet.Add(e, f), Octet.Add(g, h)));
        Float32.Store(results, Grid.IdxX * Group.DimX + Group.IdxX, sum);
    }

    private static Octet Of(float value)
    {
        Octet octet;
        octet.E0 = value;
        octet.E1 = value + 1;
        octet.E2 = value + 2;
        octet.E3 = value + 3;
        octet.E4 = value + 4;
        octet.E5 = value + 5;
        octet.E6 = value + 6;
        octet.E7 = value + 7;
        return octet;
    }
}
