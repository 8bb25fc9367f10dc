using System.CommandLine;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged devices</c>: what <c>--device</c> may name on this machine.</summary>
internal static class DevicesVerb
{
    public static Command Build()
    {
        var command = new Command("devices", "List the devices of this machine, the one that auto takes first.");
        command.SetVerb(options => List(options.InvocationConfiguration.Output));
        return command;
    }

    private static int List(TextWriter output)
    {
        using var selector = new DeviceSelector();
        string[] heads = ["--device", "kind", "name", "memory", "largest allocation", "largest group", "half", "int64 atomics", "16-bit weights", ""];
        var table = new TextTable(heads) { IsLeftAligned = true };
        foreach (Device device in selector.Devices)
        {
            bool isMachine = DeviceSelector.KindOf(device) == DeviceKind.Cpu;
            table.Row(
                selector.NameOf(device),
                Describe(DeviceSelector.KindOf(device)),
                device.Name,
                isMachine ? "the machine's" : Numbers.Bytes(device.MemorySize),
                isMachine ? "any" : Numbers.Bytes(DeviceLimits.LargestAllocation(device)),
                device.MaxNumThreadsPerGroup.ToString(),
                Describe(HasHalf(device)),
                Describe(HasInt64Atomics(device)),
                KernelSet.HasMatrixUnit(device) ? "on tensor cores" : "portable kernels",
                ReferenceEquals(device, selector.Devices[0]) ? "auto" : "");
        }

        table.Write(output);
        foreach (UnusableDevice device in selector.UnusableDevices)
            output.WriteLine($" {device.Name} cannot be used: {device.Reason}.");
        return CommandLine.Success;
    }

    private static string Describe(bool has) => has ? "yes" : "no";

    private static bool HasHalf(Device device) => device switch
    {
        CLDevice openCL => openCL.Capabilities.Float16,
        CudaDevice cuda => cuda.Architecture >= CudaArchitecture.SM_53,
        _ => true,
    };

    // CUDA devices of every architecture that ILGPU takes have them, and so has the CPU accelerator.
    private static bool HasInt64Atomics(Device device) => device is not CLDevice openCL || openCL.Capabilities.Int64_Atomics;

    private static string Describe(DeviceKind kind) => kind switch
    {
        DeviceKind.Cuda => "NVIDIA GPU, CUDA",
        DeviceKind.OpenCLGpu => "GPU, OpenCL",
        DeviceKind.OpenCLCpu => "CPU, OpenCL",
        _ => "CPU, ILGPU's accelerator",
    };
}
