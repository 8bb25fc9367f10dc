using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

public sealed class SpecificKernelsTests
{
    private const string Module = ".version 8.4\n.target sm_90\n.visible .entry Kernel()\n.maxntid 256, 1, 1\n{\n}\n";

    [Test]
    public void The_size_of_clusters_is_said_beside_the_launch_bounds() => Assert.That(
        SpecificKernels.WithSpecificTarget(Module, 4),
        Is.EqualTo(".version 8.4\n.target sm_90a\n.visible .entry Kernel()\n.explicitcluster\n.reqnctapercluster 4, 1, 1\n.maxntid 256, 1, 1\n{\n}\n"));

    [Test]
    public void Without_clusters_the_target_alone_changes() => Assert.That(
        SpecificKernels.WithSpecificTarget(Module), Is.EqualTo(Module.Replace("sm_90", "sm_90a", StringComparison.Ordinal)));

    [TestCase("8.0", "8.3")]
    [TestCase("8.10", "8.10")]
    public void The_language_is_one_that_has_the_instructions(string version, string expected) => Assert.That(
        SpecificKernels.WithSpecificTarget($".version {version}\n.target sm_90\n"), Is.EqualTo($".version {expected}\n.target sm_90a\n"));

    [Test]
    public void A_cluster_without_launch_bounds_is_refused() => Assert.That(
        () => SpecificKernels.WithSpecificTarget(".target sm_90\n", 4), Throws.ArgumentException.With.Message.Contains(".maxntid"));
}
