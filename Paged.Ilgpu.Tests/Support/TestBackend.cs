using NUnit.Framework.Internal;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// A backend with a group size and a form of the kernels, as a parameter of fixtures: the CPU accelerator is always there; OpenCL and CUDA run where this machine has
/// a device, and are skipped, saying so, elsewhere.
/// </summary>
public sealed record TestBackend(string Name, int GroupSize, KernelForm Form = KernelForm.Portable)
{
    /// <summary>The CPU accelerator with warps of 32 lanes, up to eight of them a group, where the matrix unit is emulated.</summary>
    public const string Warps = "warps";

    /// <summary>Opens the device or skips the test.</summary>
    public TestDevice Open() => TestDevice.Open(Name, GroupSize, Form);

    public override string ToString() => Form == KernelForm.Portable ? $"{Name}, groups of {GroupSize}" : $"{Name}, {Form} form";
}

/// <summary>
/// The backends that fixtures run on. Each is a category of its tests, so that <c>--filter TestCategory=opencl</c> runs what an OpenCL
/// device can be tested with.
/// </summary>
internal static class TestBackends
{
    /// <summary>For tests of the model and the engine: on CUDA devices also with the form that each type of weights is given there.</summary>
    public static IEnumerable<TestFixtureData> OfEngine => [Fixture("cpu", 1), .. OfManyGroups, Fixture("cuda", 128, KernelForm.Automatic)];

    /// <summary>
    /// For tests of kernels: beside those of the engine groups of 16 on the CPU accelerator, where every barrier is exercised; a barrier
    /// costs so much there that whole models would take minutes.
    /// </summary>
    public static IEnumerable<TestFixtureData> OfKernels => [Fixture("cpu", 1), .. OfManyGroups, Fixture("cpu", 16), Fixture("cpu", 1, KernelForm.Vector)];

    /// <summary>For tests of what goes wrong only where groups run side by side and a launch returns before its work is done.</summary>
    public static IEnumerable<TestFixtureData> OfManyGroups => [Fixture("opencl", 1, KernelForm.Vector), Fixture("opencl", 32), Fixture("cuda", 128)];

    /// <summary>For tests of what needs warps of 32 lanes.</summary>
    public static IEnumerable<TestFixtureData> OfWarps => [Fixture(TestBackend.Warps, 1), Fixture("cuda", 128)];

    /// <summary>The matrix unit's form: emulated, and on the tensor cores.</summary>
    public static IEnumerable<TestFixtureData> OfMatrixUnit =>
    [
        Fixture(TestBackend.Warps, 1, KernelForm.MatrixUnit), Fixture("cuda", 128, KernelForm.MatrixUnit),
    ];

    private static TestFixtureData Fixture(string name, int groupSize, KernelForm form = KernelForm.Portable)
    {
        TestFixtureData data = new(new TestBackend(name, groupSize, form));
        data.Properties.Add(PropertyNames.Category, name);
        return data;
    }
}
