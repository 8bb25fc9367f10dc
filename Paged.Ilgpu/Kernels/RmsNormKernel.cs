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
    public static void Run<TWeight>(
        ArrayView<Packet> input, // [inputRow, hiddenOctet], float32
        ArrayView<int> inputRows, // [row] the input row that a row is made from
        ArrayView<Packet> weight, // [hiddenOctet], float32
        ArrayView<Packet> output, // [row, hiddenOctet], float32 rounded to the weights' type
        int hidden,
        float epsilon,
        SpecializedValue<int> groupSize)
        where TWeight : struct, IElement
    {
        ArrayView<float> partialSums = SharedMemory.Allocate<float>(PartialSums);
        int octets = Octet.CountFor(hidden);
        long source = (long)inputRows[Grid.IdxX] * octets;
        long target = (long)Grid.IdxX * octets;

        for (int part = Group.IdxX; part < PartialSums; part += groupSize)
        {
            float partialSum = 0;
            for (int octet = part; octet < octets; octet += PartialSums)
            {
                Octet values = Float32.Load(input, source + octet);
                partialSum = Octet.MultiplyAdd(partialSum, values, values);
            }

            partialSums[part] = partialSum;
        }

        if (groupSize > 1)
            Group.Barrier();

        float sum = 0;
        for (int part = 0; part < PartialSums; part++)
            sum += partialSums[part];
        float scale = 1 / XMath.Sqrt(sum / hidden + epsilon);

        for (int octet = Group.IdxX; octet < octets; octet += groupSize)
        {
            Octet values = Octet.Multiply(Octet.Scale(Float32.Load(input, source + octet), scale), Float32.Load(weight, octet));
            Float32.Store(output, target + octet, Octet.Round<TWeight>(values));
        }
    }
}
