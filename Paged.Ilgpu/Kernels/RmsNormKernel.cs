using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// RMSNorm (Zhang and Sennrich 2019): divides a row by the root of its mean square and multiplies it with the weight, rounded to what
/// the next linear layer takes. One group a row.
/// <para>
/// The sum of squares is one of strands: octets so many apart are summed one after the other, strands are added sixteen at a time, and then
/// those sums. So many strands that each item of a GPU's group has one, and so few additions one after the other that a single row, which
/// one multiprocessor does alone, waits for memory once.
/// </para>
/// </summary>
public static class RmsNormKernel
{
    /// <summary>Strands of a row: fixed, so that the group's size does not change the order of the sum. A larger group has idle items.</summary>
    public const int Strands = Sums * Sums;

    private const int Sums = 16;

    /// <summary>The kernel.</summary>
    public static void Run<TWeight, TInput>(
        ArrayView<Packet> input, // [inputRow, hiddenOctet], float32
        ArrayView<int> inputRows, // [row] the input row that a row is made from
        ArrayView<Packet> weight, // [hiddenOctet], float32
        ArrayView<Packet> output, // [row, hiddenOctet], rounded to the weights' type and stored as what the next layer takes
        int hidden,
        float epsilon,
        SpecializedValue<int> groupSize)
        where TWeight : struct, IElement
        where TInput : struct, IElement
    {
        LaunchOrder.LetNextBegin();
        int octets = Octet.CountFor(hidden);

        // Weights wait neither for the kernel before nor for the sum: they come meanwhile.
        int first = Group.IdxX;
        int second = first + groupSize;
        Octet firstWeight = default;
        Octet secondWeight = default;
        if (first < octets)
            firstWeight = Float32.Load(weight, first);
        if (second < octets)
            secondWeight = Float32.Load(weight, second);

        LaunchOrder.AwaitPrevious();
        long source = (long)inputRows[Grid.IdxX] * octets;
        long target = (long)Grid.IdxX * octets;
        float sum = groupSize == 1 ? SumAlone(input, source, octets) : SumTogether(input, source, octets, groupSize);
        float scale = 1 / XMath.Sqrt(sum / hidden + epsilon);

        if (first < octets)
            Write<TWeight, TInput>(input, source + first, output, target + first, scale, firstWeight);
        if (second < octets)
            Write<TWeight, TInput>(input, source + second, output, target + second, scale, secondWeight);
        for (int octet = second + groupSize; octet < octets; octet += groupSize)
            Write<TWeight, TInput>(input, source + octet, output, target + octet, scale, Float32.Load(weight, octet));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<TWeight, TInput>(
        ArrayView<Packet> input, long source, ArrayView<Packet> output, long target, float scale, in Octet weight)
        where TWeight : struct, IElement
        where TInput : struct, IElement
    {
        Octet values = Octet.Multiply(Octet.Scale(Float32.Load(input, source), scale), weight);
        TInput.Store(output, target, Octet.Round<TWeight>(values));
    }

    // Strands without an octet are left out: to add their zero changes nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumAlone(ArrayView<Packet> input, long source, int octets)
    {
        float total = 0;
        for (int part = 0; part < Sums; part++)
        {
            float sum = 0;
            for (int strand = part; strand < Strands && strand < octets; strand += Sums)
                sum += SumOfStrand(input, source, octets, strand);
            total += sum;
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumTogether(ArrayView<Packet> input, long source, int octets, int groupSize)
    {
        ArrayView<float> strands = SharedMemory.Allocate<float>(Strands);
        ArrayView<float> sums = SharedMemory.Allocate<float>(Sums);
        for (int strand = Group.IdxX; strand < Strands; strand += groupSize)
            strands[strand] = SumOfStrand(input, source, octets, strand);
        Group.Barrier();

        for (int part = Group.IdxX; part < Sums; part += groupSize)
        {
            float sum = 0;
            for (int strand = part; strand < Strands; strand += Sums)
                sum += strands[strand];
            sums[part] = sum;
        }

        Group.Barrier();
        float total = 0;
        for (int part = 0; part < Sums; part++)
            total += sums[part];
        return total;
    }

    // Two octets at a time, so that both are on their way at once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfStrand(ArrayView<Packet> input, long source, int octets, int strand)
    {
        float sum = 0;
        for (int octet = strand; octet < octets; octet += 2 * Strands)
        {
            Octet values = Float32.Load(input, source + octet);
            Octet next = default;
            if (octet + Strands < octets)
                next = Float32.Load(input, source + octet + Strands);
            sum = Octet.MultiplyAdd(Octet.MultiplyAdd(sum, values, values), next, next);
        }

        return sum;
    }
}
