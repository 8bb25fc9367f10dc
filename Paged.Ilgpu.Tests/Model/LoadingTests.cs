using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Model;

public sealed class LoadingTests
{
    [Test]
    public void Progress_grows_to_the_size_of_all_tensors([Values] ElementType type)
    {
        using TestDevice device = new TestBackend("cpu", 1).Open();
        using var folder = new TestFolder();
        SmallModel.WriteHuggingFace(folder, ElementType.BFloat16, "model.safetensors", files: 1);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        var reports = new Reports();
        using var weights = new DeviceWeights(device.Accelerator, checkpoint.Config, checkpoint.Weights, type, KernelForm.Portable, progress: reports);
        long elements = SmallModel.Tensors.Sum(tensor => (long)tensor.Rows * tensor.Columns);
        Assert.Multiple(() =>
        {
            Assert.That(reports.All.Select(report => report.TotalBytes), Is.All.EqualTo(elements * type.SizeInBytes()));
            Assert.That(reports.All.Select(report => report.BytesDone), Is.Ordered.Ascending);
            Assert.That(reports.All[^1].BytesDone, Is.EqualTo(elements * type.SizeInBytes()));
            Assert.That(reports.All, Has.Count.GreaterThan(SmallModel.Tensors.Count() / 2));
        });
    }

    [Test]
    public void A_fault_on_a_packing_thread_is_the_callers()
    {
        using TestDevice device = new TestBackend("cpu", 1).Open();
        using var folder = new TestFolder();
        SmallModel.WriteHuggingFace(folder, ElementType.BFloat16, "model.safetensors", files: 1);
        Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        WeightTensor query = checkpoint.Weights.GetTensor(WeightNames.Query(0), 256, 256);
        checkpoint.Dispose();
        using var packer = new WeightPacker(device.Accelerator, ElementType.BFloat16);
        Assert.Throws<ObjectDisposedException>(() => packer.PackMatrix(256, 256, query));
    }

    private sealed class Reports : IProgress<LoadProgress>
    {
        public List<LoadProgress> All { get; } = [];

        public void Report(LoadProgress value) => All.Add(value);
    }
}
