using ILGPU;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>Adds up memory and does nothing else: how fast a device reads. Two forms, since no single one suits all devices.</summary>
public static class SumKernel
{
    /// <summary>Every item takes every so many-th packet: neighbours read neighbouring packets, as GPUs want it.</summary>
    public static void Strided(
        ArrayView<Packet> memory,
        ArrayView<uint> sums, // [item]
        int packetsPerItem)
    {
        int items = Grid.DimX * Group.DimX;
        int item = Grid.IdxX * Group.DimX + Group.IdxX;
        uint sum = 0;
        for (int index = 0; index < packetsPerItem; index++)
        {
            Packet packet = memory[(long)index * items + item];
            sum += packet.Word0 + packet.Word1 + packet.Word2 + packet.Word3;
        }

        sums[item] = sum;
    }

    /// <summary>Every item takes a run of its own, four vectors of eight numbers at a time: as CPUs want it.</summary>
    public static void Run(
        ArrayView<Packet> memory,
        ArrayView<uint> sums, // [item, 8], the bits of float32
        int packetsPerItem) // a multiple of 8
    {
        int item = Grid.IdxX * Group.DimX + Group.IdxX;
        long first = (long)item * packetsPerItem / 2;
        Octet a = default, b = default, c = default, d = default;
        for (int octet = 0; octet < packetsPerItem / 2; octet += 4)
        {
            a = Octet.Add(a, Float32.Load(memory, first + octet));
            b = Octet.Add(b, Float32.Load(memory, first + octet + 1));
            c = Octet.Add(c, Float32.Load(memory, first + octet + 2));
            d = Octet.Add(d, Float32.Load(memory, first + octet + 3));
        }

        Float32.Store(sums.Cast<Packet>(), item, Octet.Add(Octet.Add(a, b), Octet.Add(c, d)));
    }
}
