using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>What went wrong on a device, in a sentence that a user can do something with.</summary>
internal static class DeviceFault
{
    /// <summary>Whether there was no memory for something.</summary>
    public static bool IsOutOfMemory(Exception fault) =>
        fault is OutOfMemoryException || (fault is AcceleratorException device && IsOutOfMemory(NameOf(device)));

    /// <summary>The sentence for a fault of a device.</summary>
    public static PagedException Explain(AcceleratorException fault) => new(SentenceFor(NameOf(fault)), fault);

    /// <summary>The sentence for an error by the name that its API gives it.</summary>
    public static string SentenceFor(string error) => error switch
    {
        _ when IsOutOfMemory(error) =>
            "The device has too little memory for what this step needs; expected is a smaller cache (--kv-cache-memory, --num-blocks, "
                + "--gpu-memory-utilization), smaller steps (--max-num-batched-tokens) or a smaller type (--dtype, --kv-cache-dtype).",
        nameof(CLError.CL_BUILD_PROGRAM_FAILURE) or nameof(CLError.CL_COMPILE_PROGRAM_FAILURE) or nameof(CLError.CL_LINK_PROGRAM_FAILURE) =>
            "The OpenCL driver could not build a kernel, and --verbose shows its log; expected is a newer driver, or another device "
                + "(--device; `paged devices` lists them).",
        "CUDA_ERROR_INVALID_PTX" or "CUDA_ERROR_UNSUPPORTED_PTX_VERSION" or "CUDA_ERROR_NO_BINARY_FOR_GPU" or "CUDA_ERROR_INVALID_IMAGE"
            or "CUDA_ERROR_INVALID_SOURCE" or "CUDA_ERROR_JIT_COMPILER_NOT_FOUND" =>
            $"The CUDA driver could not load a kernel ({error}), and --verbose shows its log; expected is a newer driver, or another device "
                + "(--device; `paged devices` lists them).",
        _ => $"The device failed: {error}; expected is a driver that works, or another device (--device; `paged devices` lists them).",
    };

    private static bool IsOutOfMemory(string error) => error is nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY)
        or nameof(CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE) or nameof(CLError.CL_INVALID_BUFFER_SIZE)
        or nameof(CLError.CL_OUT_OF_RESOURCES) or nameof(CLError.CL_OUT_OF_HOST_MEMORY);

    private static string NameOf(AcceleratorException fault) => fault switch
    {
        CLException openCL => openCL.Error.ToString(),
        CudaException { Error: [_, ..] error } => error,
        _ => fault.Message,
    };
}
