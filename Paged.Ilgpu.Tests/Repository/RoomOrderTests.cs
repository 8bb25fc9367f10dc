using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Repository;

public class RoomOrderTests
{
    [Test]
    public void Every_source_names_only_rooms_above_its_own()
    {
        string library = Path.Combine(RepositoryFiles.Root, "Paged.Ilgpu");
        IEnumerable<string> violations = RepositoryFiles.Sources("Paged.Ilgpu")
            .SelectMany(path => RoomOrder.Violations(path, File.ReadAllText(Path.Combine(library, path))));
        Assert.That(violations, Is.Empty);
    }

    [TestCase("Cache/A.cs", "namespace Paged.Ilgpu.Cache;\nusing Paged.Ilgpu.Engine;", "names Engine")]
    [TestCase("Cache/A.cs", "namespace Paged.Ilgpu.Cache;\nvar x = new Scheduling.Scheduler();", "names Scheduling")]
    [TestCase("Cache/A.cs", "using static Paged.Ilgpu.Model.Thing;\nnamespace Paged.Ilgpu.Cache;", "names Model")]
    [TestCase("Cache/A.cs", "using ILGPU;\nnamespace Paged.Ilgpu.Cache;", "names ILGPU")]
    [TestCase("Cache/A.cs", "namespace Paged.Ilgpu.Cache;\nILGPU.Index1D i;", "names ILGPU")]
    [TestCase("Cache/A.cs", "namespace Paged.Ilgpu.Model;", "namespace 'Paged.Ilgpu.Model'")]
    [TestCase("A.cs", "using Paged.Ilgpu.Config;\nnamespace Paged.Ilgpu;", "names Config")]
    [TestCase("Helpers/A.cs", "namespace Paged.Ilgpu.Helpers;", "no room")]
    public void A_source_that_breaks_the_order_is_named(string path, string source, string expected) =>
        Assert.That(RoomOrder.Violations(path, source), Has.All.Contains(path).And.Some.Contains(expected));

    [TestCase("Cache/A.cs", "using Paged.Ilgpu.Config;\nnamespace Paged.Ilgpu.Cache; // the Engine. Others\nint x = _engine.Model.Y;")]
    [TestCase("Kernels/Cuda/A.cs", "using ILGPU;\nnamespace Paged.Ilgpu.Kernels.Cuda;")]
    [TestCase("A.cs", "namespace Paged.Ilgpu;")]
    public void A_source_that_keeps_the_order_is_not(string path, string source) =>
        Assert.That(RoomOrder.Violations(path, source), Is.Empty);
}
