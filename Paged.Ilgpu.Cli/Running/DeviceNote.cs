using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>What a user should know of a device.</summary>
internal static class DeviceNote
{
    /// <summary>That a card is too old for the tensor cores' kernels; null where that is not so.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="architecture">Null for what is no CUDA device.</param>
    /// <param name="form">The kernels that it runs.</param>
    public static string? OfKernels(string device, CudaArchitecture? architecture, KernelForm form) =>
        architecture is { } known && known < CudaArchitecture.SM_80 && form != KernelForm.MatrixUnit
            ? $"{device} is of architecture sm_{known.Major}{known.Minor}: tensor cores serve from sm_80 on, and the portable kernels run instead."
            : null;

    /// <summary>How much memory a GPU has and how much of it is free, as the middle of a sentence.</summary>
    public static string OfMemory(Accelerator accelerator) => accelerator switch
    {
        CudaAccelerator cuda => $": of {Numbers.Bytes(cuda.MemorySize)}, {Numbers.Bytes(cuda.GetFreeMemory())} are still free",
        { AcceleratorType: AcceleratorType.OpenCL } => $": it has {Numbers.Bytes(accelerator.MemorySize)}",
        _ => "",
    };
}
