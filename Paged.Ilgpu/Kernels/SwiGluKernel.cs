using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>SwiGLU (Shazeer 2020): silu(gate) × up, rounded to what the next linear layer takes. One group a token.</summary>
public static class SwiGluKernel
{
    /// <summary>The kernel. Gate and up each are padded with zeros to whole octets, and so is the product.</summary>
    public static void Run<TWeight>(
        ArrayView<Packet> gateUp, // [token, gate or up, octet], float32
        ArrayView<Packet> product, // [token, octet], float32 rounded to the weights' type
        int octets,
        SpecializedValue<int> groupSize)
        where TWeight : struct, IElement
    {
        long target = (long)Grid.IdxX * octets;
        for (int octet = Group.IdxX; octet < octets; octet += groupSize)
        {
            Octet gate = Float32.Load(gateUp, 2 * target + octet);
            Octet up = Float32.Load(gateUp, 2 * target + octets + octet);
            gate.E0 = Silu(gate.E0);
            gate.E1 = Silu(gate.E1);
            gate.E2 = Silu(gate.E2);
            gate.E3 = Silu(gate.E3);
            gate.E4 = Silu(gate.E4);
            gate.E5 = Silu(gate.E5);
            gate.E6 = Silu(gate.E6);
            gate.E7 = Silu(gate.E7);
            Float32.Store(product, target + octet, Octet.Round<TWeight>(Octet.Multiply(gate, up)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Silu(float value) => value / (1 + XMath.Exp(-value));
}
