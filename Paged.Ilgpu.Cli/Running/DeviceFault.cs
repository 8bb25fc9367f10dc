using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>What went wrong on a device, in a sentence that a user can do something with.</summary>
internal static class DeviceFault
{
    /// <summary>Whether there was no memory for something.</summary>
    public static bool IsOutOfMemory(Exception fault) => fault is OutOfMemoryException
        or CudaException { Error: nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY) }
        or CLException { Error: CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE or CLError.CL_INVALID_BUFFER_SIZE }
        or CLException { Error: CLError.CL_OUT_OF_RESOURCES or CLError.CL_OUT_OF_HOST_MEMORY };

    /// <summary>The sentence for a fault of a device.</summary>
    public static PagedException Explain(AcceleratorException fault) => new(Sentence(fault), fault);

    private static string Sentence(AcceleratorException fault)
    {
        if (IsOutOfMemory(fault))
        {
            return "The device has too little memory for what this step needs; expected is a smaller cache (--kv-cache-memory, --num-blocks, "
                + "--gpu-memory-utilization), smaller steps (--max-num-batched-tokens) or a smaller type (--dtype, --kv-cache-dtype).";
        }

        return fault is CLException { Error: CLError.CL_BUILD_PROGRAM_FAILURE or CLError.CL_COMPILE_PROGRAM_FAILURE or CLError.CL_LINK_PROGRAM_FAILURE }
            ? "The OpenCL driver could not build a kernel, and --verbose shows its log; expected is a newer driver, or another device "
                + "(--device; `paged devices` lists them)."
            : $"The device failed: {(fault is CLException openCL ? openCL.Error.ToString() : fault.Message)}; expected is a driver that works, "
                + "or another device (--device; `paged devices` lists them).";
    }
}
