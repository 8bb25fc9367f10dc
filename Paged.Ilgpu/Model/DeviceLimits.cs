using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Paged.Ilgpu.Model;

/// <summary>What a device sets a limit to, beside its memory as a whole.</summary>
public static class DeviceLimits
{
    /// <summary>Bytes of the largest buffer. OpenCL devices promise no more than a quarter of their memory for one.</summary>
    public static long LargestAllocation(Device device) => device switch
    {
        CLDevice openCL => openCL.GetDeviceInfo<long>(CLDeviceInfoType.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        CudaDevice cuda => cuda.MemorySize,
        _ => long.MaxValue,
    };

    /// <summary>Refuses a buffer that the device cannot have.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="bytes">Bytes of the buffer.</param>
    /// <param name="what">What it is for, as the beginning of a sentence.</param>
    /// <param name="remedy">What would make it smaller, as the end of a sentence.</param>
    /// <exception cref="PagedException">It is larger than the device's largest.</exception>
    internal static void CheckAllocation(Accelerator accelerator, long bytes, string what, string remedy)
    {
        long largest = LargestAllocation(accelerator.Device);
        if (bytes > largest)
        {
            throw new PagedException(
                $"{what} would take {bytes:N0} bytes in one piece, and the largest that {accelerator.Name} gives is {largest:N0}; expected is {remedy}.");
        }
    }
}
