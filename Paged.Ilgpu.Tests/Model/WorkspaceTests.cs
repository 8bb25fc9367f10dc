using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Model;

/// <summary>The memory of activations is all there is of it, for each form of the kernels.</summary>
public sealed class WorkspaceTests
{
    [Test]
    public void Gate_and_up_take_memory_where_a_form_keeps_them()
    {
        using TestDevice device = TestDevice.Open(TestBackend.Warps, 1);
        long portable = Bytes(KernelForm.Portable, intermediateSize: 1024) - Bytes(KernelForm.Portable, intermediateSize: 512);
        long matrix = Bytes(KernelForm.MatrixUnit, intermediateSize: 1024) - Bytes(KernelForm.MatrixUnit, intermediateSize: 512);
        const int Tokens = 64, MoreFeatures = 512;
        Assert.That(portable, Is.EqualTo(Tokens * MoreFeatures * (2 * sizeof(float) + sizeof(float))), "gate, up and their product as float32");
        Assert.That(matrix, Is.EqualTo(Tokens * MoreFeatures * sizeof(ushort)), "the product alone, of 16 bits");

        long Bytes(KernelForm form, int intermediateSize)
        {
            LlamaConfig config = RandomLlama.Shape(intermediateSize: intermediateSize, layerCount: 1);
            using IWeightSource weights = RandomLlama.Weights(config, seed: 1, ElementType.BFloat16);
            using KernelSet kernels = KernelSet.Create(device.Accelerator, ElementType.BFloat16, ElementType.BFloat16, device.GroupSize, form);
            using var onDevice = new DeviceWeights(device.Accelerator, config, weights, ElementType.BFloat16, form);
            using var model = new LlamaModel(config, onDevice, kernels, device.Accelerator, new StepLimits(Tokens, 4, 64, 64));
            Assert.That(model.WorkspaceBytes, Is.GreaterThan(kernels.WorkspaceBytes));
            Assert.That(kernels.WorkspaceBytes > 0, Is.EqualTo(form == KernelForm.MatrixUnit), "where pieces of sums meet");
            return model.WorkspaceBytes;
        }
    }
}
