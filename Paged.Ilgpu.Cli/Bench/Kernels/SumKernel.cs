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

    /// <summary>Every item takes a run of its own, two vectors of eight words at a time: as CPUs want it.</summary>
    public static void Run(
        ArrayView<Packet> memory,
        ArrayView<uint> sums, // [item, 8]
        int packetsPerItem) // a multiple of 4
    {
        int item = Grid.IdxX * Group.DimX + Group.IdxX;
        long first = (long)item * packetsPerItem;
        uint s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        uint t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0, t6 = 0, t7 = 0;
        for (int index = 0; index < packetsPerItem; index += 4)
        {
            Packet a = memory[first + index], b = memory[first + index + 1], c = memory[first + index + 2], d = memory[first + index + 3];
            s0 += a.Word0;
            s1 += a.Word1;
            s2 += a.Word2;
            s3 += a.Word3;
            s4 += b.Word0;
            s5 += b.Word1;
            s6 += b.Word2;
            s7 += b.Word3;
            t0 += c.Word0;
            t1 += c.Word1;
            t2 += c.Word2;
            t3 += c.Word3;
            t4 += d.Word0;
            t5 += d.Word1;
            t6 += d.Word2;
            t7 += d.Word3;
        }

        long target = 8L * item;
        sums[target] = s0 + t0;
        sums[target + 1] = s1 + t1;
        sums[target + 2] = s2 + t2;
        sums[target + 3] = s3 + t3;
        sums[target + 4] = s4 + t4;
        sums[target + 5] = s5 + t5;
        sums[target + 6] = s6 + t6;
        sums[target + 7] = s7 + t7;
    }
}
