using System.CommandLine;
using ILGPU.Runtime;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels;

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
        var table = new TextTable("--device", "kind", "name", "memory", "largest group", "16-bit weights", "") { IsLeftAligned = true };
        foreach (Device device in selector.Devices)
        {
            table.Row(
                selector.NameOf(device),
                Describe(DeviceSelector.KindOf(device)),
                device.Name,
                DeviceSelector.KindOf(device) == DeviceKind.Cpu ? "the machine's" : Numbers.Bytes(device.MemorySize),
                device.MaxNumThreadsPerGroup.ToString(),
                KernelSet.HasMatrixUnit(device) ? "on tensor cores" : "portable kernels",
                ReferenceEquals(device, selector.Devices[0]) ? "auto" : "");
        }

        table.Write(output);
        return CommandLine.Success;
    }

    private static string Describe(DeviceKind kind) => kind switch
    {
        DeviceKind.Cuda => "NVIDIA GPU, CUDA",
        DeviceKind.OpenCLGpu => "GPU, OpenCL",
        DeviceKind.OpenCLCpu => "CPU, OpenCL",
        _ => "CPU, ILGPU's accelerator",
    };
}
