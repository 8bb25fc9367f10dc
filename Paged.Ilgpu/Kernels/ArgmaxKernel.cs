using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>Greedy choice: the id of the largest logit, of equal ones the lowest. One group a row.</summary>
public static class ArgmaxKernel
{
    /// <summary>Written for a row in which a logit is not a number.</summary>
    public const int NotANumber = -1;

    /// <summary>The kernel.</summary>
    public static void Run(
        ArrayView<float> logits, // [row, stride]
        ArrayView<int> bestIds, // [row]
        int vocabulary,
        int stride,
        SpecializedValue<int> groupSize)
    {
        long row = (long)Grid.IdxX * stride;

        int best = vocabulary;
        float bestLogit = float.NegativeInfinity;
        bool sane = true;
        for (int id = Group.IdxX; id < vocabulary; id += groupSize)
        {
            float logit = logits[row + id];
            sane &= !float.IsNaN(logit);
            if (logit > bestLogit || best == vocabulary)
            {
                bestLogit = logit;
                best = id;
            }
        }

        if (groupSize == 1)
        {
            bestIds[Grid.IdxX] = sane ? best : NotANumber;
            return;
        }

        ArrayView<float> bestLogits = SharedMemory.Allocate<float>(groupSize);
        ArrayView<int> bestOfItems = SharedMemory.Allocate<int>(groupSize);
        bestLogits[Group.IdxX] = bestLogit;
        bestOfItems[Group.IdxX] = sane ? best : NotANumber;
        Group.Barrier();

        if (Group.IdxX != 0)
            return;
        for (int item = 1; item < groupSize; item++)
        {
            float logit = bestLogits[item];
            int candidate = bestOfItems[item];
            sane &= candidate != NotANumber;
            if (candidate != vocabulary && (logit > bestLogit || (logit == bestLogit && candidate < best)))
            {
                bestLogit = logit;
                best = candidate;
            }
        }

        bestIds[Grid.IdxX] = sane ? best : NotANumber;
    }
}
