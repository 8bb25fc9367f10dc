using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Model;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class StepUploadTests(TestBackend backend)
{
    private const int MaxTokens = 64;

    /// <summary>Keeps the device busy for so many dependent steps.</summary>
    public static void Dawdle(Index1D index, ArrayView<float> value, int steps)
    {
        float x = value[index];
        for (int step = 0; step < steps; step++)
            x = x * 0.999f + 0.001f;
        value[index] = x;
    }

    /// <summary>Copies ids.</summary>
    public static void Keep(Index1D index, ArrayView<int> ids, ArrayView<int> kept) => kept[index] = ids[index];

    [Test]
    public void A_step_reads_its_own_ids_however_long_the_device_takes_to_get_to_it()
    {
        using TestDevice device = backend.Open();
        Accelerator accelerator = device.Accelerator;
        var dawdle = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, int>(Dawdle);
        var keep = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>>(Keep);
        using var upload = new StepUpload(
            accelerator, new StepLimits(MaxTokens, MaxSequences: 1, MaxBlockIds: 1, MaxPositions: MaxTokens), AttentionTiling.ByRows, keyValueHeads: 1, headsPerKeyValueHead: 1);
        using var busy = accelerator.Allocate1D<float>(1);
        using var kept = accelerator.Allocate1D<int>(2 * MaxTokens);
        dawdle(1, busy.View, 1);
        accelerator.Synchronize();

        // Neither step asks for anything back, so nothing but the upload itself waits for the device.
        for (int step = 0; step < 2; step++)
        {
            dawdle(1, busy.View, 10_000_000);
            upload.Upload(Step(token: step + 1));
            keep(MaxTokens, upload.View.TokenIds, kept.View.SubView(step * MaxTokens, MaxTokens));
        }

        var ids = new int[2 * MaxTokens];
        HostCopy.Download(kept.View, ids);
        Assert.That(ids, Is.EqualTo(Enumerable.Repeat(1, MaxTokens).Concat(Enumerable.Repeat(2, MaxTokens))));
    }

    private static StepBatch Step(int token)
    {
        int[] prompt = [.. Enumerable.Repeat(token, MaxTokens)];
        var batch = new StepBatch(MaxTokens, maxSequences: 1, maxBlockIds: 1);
        batch.Begin(1);
        batch.Add(new Sequence(1, prompt, new SamplingOptions()), firstPosition: 0, MaxTokens);
        batch.Complete([]);
        return batch;
    }
}
