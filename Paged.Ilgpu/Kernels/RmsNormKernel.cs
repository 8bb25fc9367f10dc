using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// RMSNorm (Zhang and Sennrich 2019): divides a row by the root of its mean square and multiplies it with the weight, rounded to what
/// the next linear layer takes. One group a row.
/// </summary>
public static class RmsNormKernel
{
    /// <summary>Partial sums of a row: fixed, so that the group's size does not change the order of the sum.</summary>
    private const int PartialSums = 64;

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
        int octets = Octet.CountFor(hidden);
        long source = (long)inputRows[Grid.IdxX] * octets;
        long target = (long)Grid.IdxX * octets;

        float sum = groupSize == 1 ? SumAlone(input, source, octets) : SumTogether(input, source, octets, groupSize);
        float scale = 1 / XMath.Sqrt(sum / hidden + epsilon);

        for (int octet = Group.IdxX; octet < octets; octet += groupSize)
        {
            Octet values = Octet.Multiply(Octet.Scale(Float32.Load(input, source + octet), scale), Float32.Load(weight, octet));
            TInput.Store(output, target + octet, Octet.Round<TWeight>(values));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumAlone(ArrayView<Packet> input, long source, int octets)
    {
        float sum = 0;
        for (int part = 0; part < PartialSums; part++)
            sum += PartialSum(input, source, octets, part);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumTogether(ArrayView<Packet> input, long source, int octets, int groupSize)
    {
        ArrayView<float> partialSums = SharedMemory.Allocate<float>(PartialSums);
        for (int part = Group.IdxX; part < PartialSums; part += groupSize)
            partialSums[part] = PartialSum(input, source, octets, part);
        Group.Barrier();

        float sum = 0;
        for (int part = 0; part < PartialSums; part++)
            sum += partialSums[part];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float PartialSum(ArrayView<Packet> input, long source, int octets, int part)
    {
        float sum = 0;
        for (int octet = part; octet < octets; octet += PartialSums)
        {
            Octet values = Float32.Load(input, source + octet);
            sum = Octet.MultiplyAdd(sum, values, values);
        }

        return sum;
    }
}
