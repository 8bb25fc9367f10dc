using System.Collections.Concurrent;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>A device for tests with the group size to run on it.</summary>
public sealed class TestDevice : IDisposable
{
    private const string RequiredBackends = "PAGED_REQUIRE_BACKENDS";

    // Looked for once: two thousand tests ask.
    private static readonly ConcurrentDictionary<string, bool> Absent = [];

    private readonly Context _context;

    private TestDevice(Context context, Device device, int groupSize, KernelForm form)
    {
        _context = context;
        Accelerator = device.CreateAccelerator(context);
        GroupSize = groupSize;
        Form = form;
    }

    public Accelerator Accelerator { get; }

    public int GroupSize { get; }

    /// <summary>The form of the kernels to test.</summary>
    public KernelForm Form { get; }

    /// <summary>
    /// Opens the first device of a backend. Where there is none the test is skipped, or fails if the environment's PAGED_REQUIRE_BACKENDS,
    /// names with commas between, has that backend.
    /// </summary>
    public static TestDevice Open(string backend, int groupSize, KernelForm form = KernelForm.Portable)
    {
        if (Absent.ContainsKey(backend))
            Refuse(backend);
        Context context = Context.Create(builder => _ = backend switch
        {
            TestBackend.Warps => DeviceSelector.Configure(builder).CPU(new CPUDevice(32, 8, 1)),

            // A launch wakes all threads, which takes longer than most kernels of groups of one item: two multiprocessors are for larger groups, and for the tests of the program itself.
            "cpu" => DeviceSelector.Configure(builder).CPU(new CPUDevice(Math.Max(2, groupSize), 1, groupSize > 1 ? 2 : 1)),
            "opencl" => DeviceSelector.Configure(builder).OpenCL(),
            "cuda" => DeviceSelector.Configure(builder).Cuda(),
            _ => throw new ArgumentOutOfRangeException(nameof(backend), backend, "no such backend"),
        });

        // A context without any device is given a CPU one.
        Device? device = context.Devices.FirstOrDefault(
            found => found.AcceleratorType.ToString().Equals(backend == TestBackend.Warps ? "cpu" : backend, StringComparison.OrdinalIgnoreCase));
        if (device is not null)
            return new TestDevice(context, device, groupSize, form);
        context.Dispose();
        Absent[backend] = true;
        Refuse(backend);
        throw new InvalidOperationException("the line above ends the test");
    }

    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }

    private static void Refuse(string backend)
    {
        if (Environment.GetEnvironmentVariable(RequiredBackends)?.Split(',').Contains(backend) == true)
            Assert.Fail($"this machine has no {backend} device that ILGPU can use, and {RequiredBackends} says that it must");
        Assert.Ignore($"this machine has no {backend} device that ILGPU can use");
    }
}
