using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Kernels.Vector;

namespace Paged.Ilgpu.Engine;

/// <summary>Finds the device that a name such as <c>auto</c>, <c>cuda</c>, <c>opencl:1</c> or <c>cpu</c> stands for.</summary>
public sealed class DeviceSelector : IDisposable
{
    private readonly Context _context;
    private readonly List<UnusableDevice> _unusableCuda = [];
    private readonly List<UnusableDevice> _unusableOpenCL = [];

    /// <summary>Looks for the devices of all backends that this machine has.</summary>
    public DeviceSelector()
    {
        // A warp of two and one warp a multiprocessor: the launch that costs least, with a thread for every core.
        var cpu = new CPUDevice(2, 1, Math.Max(1, Environment.ProcessorCount));
        _context = Context.Create(builder =>
        {
            Configure(builder).Cuda(Takes).CPU(cpu);
            if (OpenCLLibrary.IsPresent)
                builder.OpenCL(Takes);
        });
        Devices = [.. _context.Devices.OrderBy(KindOf)];
    }

    /// <summary>All devices that ILGPU can use, in the order in which <c>auto</c> prefers them.</summary>
    public IReadOnlyList<Device> Devices { get; }

    /// <summary>Devices that are there and cannot be used.</summary>
    public IReadOnlyList<UnusableDevice> UnusableDevices => [.. _unusableCuda, .. _unusableOpenCL];

    /// <summary>What every context of the project asks of ILGPU. At O1 the loads and stores of PTX would be generic ones.</summary>
    public static Context.Builder Configure(Context.Builder builder)
    {
        OpenCLLibrary.LetBeFound();
        return builder.Optimize(OptimizationLevel.O2).EnableAlgorithms().EnablePtxInstructions().EnableLaunchOrder().EnableFusedMultiplyAdd();
    }

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
        throw new PagedException(
            $"The device (--device) is '{name}', but there are {candidates.Length} {parts[0]} devices; found: {found}{WhyNoMore(parts[0])}.");
    }

    /// <summary>The name by which a device is chosen, such as <c>opencl:0</c>.</summary>
    public string NameOf(Device device)
    {
        string backend = BackendOf(device);
        int index = Devices.Where(other => BackendOf(other) == backend).TakeWhile(other => !ReferenceEquals(other, device)).Count();
        return $"{backend}:{index}";
    }

    /// <summary>Makes a device ready for use; the accelerator must be disposed before the selector.</summary>
    /// <exception cref="PagedException">The device does not work.</exception>
    public Accelerator Open(Device device)
    {
        try
        {
            return device.CreateAccelerator(_context);
        }
        catch (AcceleratorException fault)
        {
            throw new PagedException(
                $"{device.Name} ({NameOf(device)}) could not be opened: {fault.Message}; expected is a driver that works, or another device (--device).", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    /// <summary>Why ILGPU cannot use an OpenCL device; null where it can.</summary>
    internal static string? WhyUnusable(CLCVersion version, bool hasGenericAddressSpace) =>
        version < CLBackend.MinimumVersion ? $"its OpenCL C is {version}, and 2.0 or newer is needed"
        : !hasGenericAddressSpace ? "it lacks the generic address space of OpenCL 2.0, which ILGPU's kernels need"
        : null;

    /// <summary>Why ILGPU cannot use a CUDA device; null where it can.</summary>
    /// <param name="architecture">The device's; null for one that ILGPU does not know.</param>
    /// <param name="instructionSet">The newest that device and driver have in common; null where there is none.</param>
    /// <param name="driver">The newest CUDA that the driver knows.</param>
    internal static string? WhyUnusable(CudaArchitecture? architecture, CudaInstructionSet? instructionSet, CudaDriverVersion driver)
    {
        if (architecture is not { } known)
            return "its architecture is not known to ILGPU";
        string name = $"sm_{known.Major}{known.Minor}";
        if (instructionSet is not { } set)
        {
            return CudaAccelerator.TryGetInstructionSet(known, driver, out CudaDriverVersion oldest, out _) || oldest.Value == 0
                ? $"its architecture is {name}, and ILGPU makes no code for that"
                : $"its driver knows CUDA {driver.Major}.{driver.Minor}, and its architecture ({name}) needs {oldest.Major}.{oldest.Minor} or newer";
        }

        return PTXCodeGenerator.SupportedInstructionSets.Contains(set)
            ? null
            : $"its driver's newest instruction set is PTX {set.Major}.{set.Minor}, and ILGPU makes no code for that";
    }

    private bool Takes(CLDevice device)
    {
        string? reason = WhyUnusable(device.CLStdVersion, device.Capabilities.GenericAddressSpace);
        if (reason is null)
            return true;
        if (device.Vendor == CLDeviceVendor.Nvidia)
            reason += "; NVIDIA's cards are used through CUDA (--device cuda)";
        _unusableOpenCL.Add(new UnusableDevice(device.Name, reason));
        return false;
    }

    private bool Takes(CudaDevice device)
    {
        string? reason = WhyUnusable(device.Architecture, device.InstructionSet, device.DriverVersion);
        if (reason is null)
            return true;
        _unusableCuda.Add(new UnusableDevice(device.Name, reason));
        return false;
    }

    private string WhyNoMore(string backend) => backend switch
    {
        "cuda" => WhyNoMoreCuda(),
        "opencl" => WhyNoMoreOpenCL(),
        _ => "",
    };

    private string WhyNoMoreCuda() =>
        _unusableCuda.Count > 0 ? Reasons(_unusableCuda)
        : OpenCLLibrary.Load("libcuda.so.1", "nvcuda.dll") == 0
            ? "; this machine has no CUDA driver (libcuda.so.1), which comes with the driver of an NVIDIA card"
            : "; a CUDA driver is there, and lists no more devices: `nvidia-smi` says what it finds";

    private string WhyNoMoreOpenCL() =>
        !OpenCLLibrary.IsPresent ? "; this machine has no OpenCL library (libOpenCL.so.1), which the driver of a card brings, or the package ocl-icd-libopencl1"
        : _unusableOpenCL.Count > 0 ? Reasons(_unusableOpenCL)
        : "; an OpenCL library is there, and lists no more devices: a card's driver (ICD) may be missing";

    private static string Reasons(IEnumerable<UnusableDevice> devices) =>
        string.Concat(devices.Select(device => $"; {device.Name} cannot be used: {device.Reason}"));

    private static string BackendOf(Device device) => KindOf(device) switch
    {
        DeviceKind.Cuda => "cuda",
        DeviceKind.Cpu => "cpu",
        _ => "opencl",
    };
}
