using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// A device for tests with the group size to run on it. The CPU accelerator is always there, with groups of 1, as the engine runs it, and of
/// 16, which exercises every barrier; OpenCL and CUDA where this machine has them.
/// </summary>
public sealed class TestDevice : IDisposable
{
    private readonly Context _context;

    private TestDevice(Context context, Device device, int groupSize)
    {
        _context = context;
        Accelerator = device.CreateAccelerator(context);
        GroupSize = groupSize;
    }

    public Accelerator Accelerator { get; }

    public int GroupSize { get; }

    public static TestDevice Cpu(int groupSize)
    {
        Context context = Context.Create(builder => DeviceSelector.Configure(builder).CPU(new CPUDevice(Math.Max(2, groupSize), 1, 2)));
        return new TestDevice(context, context.GetCPUDevice(0), groupSize);
    }

    public static TestDevice? OpenCL(int groupSize)
    {
        Context context = Context.Create(builder => DeviceSelector.Configure(builder).OpenCL());
        Device? device = context.Devices.FirstOrDefault(found => found.AcceleratorType == AcceleratorType.OpenCL);
        if (device is not null)
            return new TestDevice(context, device, groupSize);
        context.Dispose();
        return null;
    }

    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }
}
