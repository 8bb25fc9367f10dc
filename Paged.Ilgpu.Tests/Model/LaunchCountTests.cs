using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Model;

/// <summary>A launch costs the host a few microseconds, and a step has hundreds: none more than there must be.</summary>
public sealed class LaunchCountTests
{
    [TestCase(KernelForm.MatrixUnit, 8)]
    [TestCase(KernelForm.Portable, 9)]
    public void A_layer_of_a_decode_step_takes_so_many_launches(KernelForm form, int expected)
    {
        using TestDevice device = TestDevice.Open(TestBackend.Warps, 1);
        Assert.That(LaunchesOfADecodeStep(device, form, layers: 3) - LaunchesOfADecodeStep(device, form, layers: 1), Is.EqualTo(2 * expected));
    }

    private static int LaunchesOfADecodeStep(TestDevice device, KernelForm form, int layers)
    {
        LlamaConfig config = RandomLlama.Shape(headDim: 16, layerCount: layers, maxPositions: 64);
        var cache = new KvCacheManager(new KvCacheOptions { BlockCount = 8 });
        var scheduler = new Scheduler(new SchedulerOptions { MaxModelLength = 64, MaxSequences = 2, MaxBatchedTokens = 64 }, cache);
        using IWeightSource weights = RandomLlama.Weights(config, seed: 1, ElementType.BFloat16);
        using var kernels = new CountingKernels(
            KernelSet.Create(device.Accelerator, ElementType.BFloat16, ElementType.BFloat16, device.GroupSize, form));
        using var onDevice = new DeviceWeights(device.Accelerator, config, weights, ElementType.BFloat16, form);
        using var storage = new KvStorage(device.Accelerator, config, ElementType.BFloat16, cache.Options);
        using var model = new LlamaModel(
            config, onDevice, kernels, device.Accelerator, new StepLimits(64, 2, scheduler.Options.MaxBlockIds(cache.Options.BlockSize), 64));
        scheduler.Add(new Sequence(1, [1, 2, 3], new SamplingOptions { MaxTokens = 4 }));
        scheduler.Add(new Sequence(2, [4], new SamplingOptions { MaxTokens = 4 }));
        var ids = new int[2];
        int before = 0;
        for (int step = 0; step < 2; step++)
        {
            StepBatch batch = scheduler.Schedule()!;
            before = kernels.Launches;
            model.Launch(batch, storage);
            model.ReadBestIds(ids);
            scheduler.Finish(batch, ids);
        }

        return kernels.Launches - before;
    }
}
