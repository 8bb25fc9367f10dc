using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Shared memory beyond the 48 KiB that every kernel may have: the driver wants to be asked for it, and ILGPU has no name for the call.</summary>
internal static partial class CudaSharedMemory
{
    private const string Driver = "cuda";
    private const int MaxDynamicSharedSizeBytes = 8;

    static CudaSharedMemory() => NativeLibrary.SetDllImportResolver(typeof(CudaSharedMemory).Assembly, Resolve);

    /// <summary>Lets launches of a kernel set so much memory aside for each group.</summary>
    /// <exception cref="PagedException">The driver refuses it.</exception>
    public static void Allow(CudaKernel kernel, int bytes)
    {
        int status = SetFunctionAttribute(kernel.FunctionPtr, MaxDynamicSharedSizeBytes, bytes);
        if (status != 0)
            throw new PagedException($"The CUDA driver does not give a kernel {bytes} bytes of shared memory (error {status}).");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == Driver
        ? NativeLibrary.Load(OperatingSystem.IsWindows() ? "nvcuda" : "libcuda.so.1", assembly, path)
        : 0;

    [LibraryImport(Driver, EntryPoint = "cuFuncSetAttribute")]
    private static partial int SetFunctionAttribute(nint function, int attribute, int value);
}
