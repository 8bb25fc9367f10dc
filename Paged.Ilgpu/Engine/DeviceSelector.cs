using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Kernels.Vector;

namespace Paged.Ilgpu.Engine;

/// <summary>Finds the device that a name such as <c>auto</c>, <c>cuda</c>, <c>opencl:1</c> or <c>cpu</c> stands for.</summary>
public sealed class DeviceSelector : IDisposable
{
    private readonly Context _context;

    /// <summary>Looks for the devices of all backends that this machine has.</summary>
    public DeviceSelector()
    {
        // A warp of two and one warp a multiprocessor: the launch that costs least, with a thread for every core.
        var cpu = new CPUDevice(2, 1, Math.Max(1, Environment.ProcessorCount));
        _context = Context.Create(builder => Configure(builder).Cuda().OpenCL().CPU(cpu));
        Devices = [.. _context.Devices.OrderBy(KindOf)];
    }

    /// <summary>All devices that ILGPU can use, in the order in which <c>auto</c> prefers them.</summary>
    public IReadOnlyList<Device> Devices { get; }

    /// <summary>What every context of the project asks of the compiler. At O1 the loads and stores of PTX would be generic ones.</summary>
    public static Context.Builder Configure(Context.Builder builder) =>
        builder.Optimize(OptimizationLevel.O2).EnableAlgorithms().EnablePtxInstructions().EnableFusedMultiplyAdd();

    /// <summary>The backend of a device.</summary>
    public static DeviceKind KindOf(Device device) => device switch
    {
        CudaDevice => DeviceKind.Cuda,
        CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_CPU } => DeviceKind.OpenCLCpu,
        CLDevice => DeviceKind.OpenCLGpu,
        _ => DeviceKind.Cpu,
    };

    /// <summary>The device that a name stands for.</summary>
    /// <param name="name"><c>auto</c>, or <c>cuda</c>, <c>opencl</c> or <c>cpu</c>, with <c>:index</c> for another than the first.</param>
    /// <exception cref="PagedException">The name is none of these, or there is no such device.</exception>
    public Device Find(string name)
    {
        if (name == "auto")
            return Devices[0];
        string[] parts = name.Split(':');
        bool isWellFormed = parts[0] is "cuda" or "opencl" or "cpu" && parts.Length <= 2;
        int index = 0;
        if (!isWellFormed || (parts.Length == 2 && !(int.TryParse(parts[1], out index) && index >= 0)))
            throw new PagedException($"The device (--device) is '{name}'; it must be auto, cuda, opencl or cpu, with :index for another than the first.");

        Device[] candidates = [.. Devices.Where(device => BackendOf(device) == parts[0])];
        if (index < candidates.Length)
            return candidates[index];
        string found = string.Join(", ", Devices.Select(NameOf));
        throw new PagedException($"The device (--device) is '{name}', but there are {candidates.Length} {parts[0]} devices; found: {found}.");
    }

    /// <summary>The name by which a device is chosen, such as <c>opencl:0</c>.</summary>
    public string NameOf(Device device)
    {
        string backend = BackendOf(device);
        int index = Devices.Where(other => BackendOf(other) == backend).TakeWhile(other => !ReferenceEquals(other, device)).Count();
        return $"{backend}:{index}";
    }

    /// <summary>Makes a device ready for use; the accelerator must be disposed before the selector.</summary>
    public Accelerator Open(Device device) => device.CreateAccelerator(_context);

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    private static string BackendOf(Device device) => KindOf(device) switch
    {
        DeviceKind.Cuda => "cuda",
        DeviceKind.Cpu => "cpu",
        _ => "opencl",
    };
}
