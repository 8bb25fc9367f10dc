using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>Greedy choice by one work item a row, eight ids at a time: as <see cref="ArgmaxKernel"/> chooses.</summary>
public static class VectorArgmaxKernel
{
    /// <summary>The kernel. Grid: [row], groups of one item. Ids are counted in float32, which is exact for any vocabulary below 2^24.</summary>
    public static void Run(
        ArrayView<float> logits, // [row, stride]
        ArrayView<int> bestIds, // [row]
        int vocabulary,
        int stride)
    {
        long row = (long)Grid.IdxX * stride;
        ArrayView<float> lanes = LocalMemory.Allocate<float>(3 * Octet.Length); // [best logit, its id, whether a NaN was met; lane]
        Octet best = VectorMath.Fill(float.NegativeInfinity);
        Octet ids = VectorMath.CountFrom(0);
        Octet candidates = ids;
        Octet broken = default;
        int whole = vocabulary / Octet.Length * Octet.Length;
        for (int first = 0; first < whole; first += Octet.Length)
        {
            Octet logit = VectorMath.Load(logits, row + first);
            ids = VectorMath.WhereGreater(logit, best, candidates, ids);
            best = VectorMath.Max(logit, best);
            broken = VectorMath.WhereNaN(logit, VectorMath.Fill(1), broken);
            candidates = Octet.Add(candidates, VectorMath.Fill(Octet.Length));
        }

        VectorMath.Store(lanes, 0, best);
        VectorMath.Store(lanes, Octet.Length, ids);
        VectorMath.Store(lanes, 2 * Octet.Length, broken);

        float bestLogit = lanes[0];
        int bestId = (int)lanes[Octet.Length];
        bool sane = true;
        for (int lane = 0; lane < Octet.Length; lane++)
        {
            float logit = lanes[lane];
            int id = (int)lanes[Octet.Length + lane];
            sane &= lanes[2 * Octet.Length + lane] == 0;
            if (logit > bestLogit || (logit == bestLogit && id < bestId))
            {
                bestLogit = logit;
                bestId = id;
            }
        }

        for (int id = whole; id < vocabulary; id++)
        {
            float logit = logits[row + id];
            sane &= !float.IsNaN(logit);
            if (logit > bestLogit)
            {
                bestLogit = logit;
                bestId = id;
            }
        }

        bestIds[Grid.IdxX] = sane ? bestId : ArgmaxKernel.NotANumber;
    }
}
