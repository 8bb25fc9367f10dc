using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Launches kernels that call <see cref="LaunchOrder.AwaitPrevious"/> so that they begin before the kernel in front of them has ended. The driver wants
/// that said at each launch (CUDA Driver API, <c>CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION</c>), and ILGPU has no way to say it: so the method
/// that its generated launchers end in, which is a field of <see cref="CudaAccelerator"/>, is replaced by one that does.
/// </summary>
public static partial class DependentLaunches
{
    private static readonly ConditionalWeakTable<CudaKernel, object> KernelsThatBeginEarly = [];

    /// <summary>Has all launchers of CUDA kernels that are made from now on end in <see cref="Launch"/>, and a device's modules allow the instructions.</summary>
    /// <param name="accelerator">The device.</param>
    internal static void Enable(CudaAccelerator accelerator)
    {
        LaunchMethod(null) = typeof(DependentLaunches).GetMethod(nameof(Launch))!;
        NameArchitecture(accelerator.Capabilities, accelerator.Architecture);
    }

    /// <summary>
    /// ILGPU's modules are for the least architecture that has what ILGPU itself knows, sm_80; the instructions of <see cref="LaunchOrder"/> want sm_90.
    /// </summary>
    /// <param name="capabilities">Of a device or a backend.</param>
    /// <param name="architecture">Its architecture.</param>
    internal static void NameArchitecture(CudaCapabilityContext capabilities, CudaArchitecture architecture)
    {
        if (architecture >= CudaArchitecture.SM_90)
            SetTarget(capabilities, CudaArchitecture.SM_90);
    }

    /// <summary>Launches a kernel. Public because ILGPU's launchers, in an assembly of their own, call it.</summary>
    /// <param name="api">The driver.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="config">The grid.</param>
    /// <param name="arguments">The kernel's arguments as it takes them.</param>
    /// <param name="argumentBytes">Their size.</param>
    /// <typeparam name="TArguments">Their type, which ILGPU makes.</typeparam>
    public static unsafe CudaError Launch<TArguments>(
        CudaAPI api, CudaStream stream, CudaKernel kernel, RuntimeKernelConfig config, ref TArguments arguments, int argumentBytes)
        where TArguments : unmanaged
    {
        if (!BeginsEarly(kernel))
            return api.LaunchKernelWithStruct(stream, kernel, config, ref arguments, argumentBytes);
        nint size = argumentBytes;
        LaunchAttribute attribute = default;
        attribute.Id = LaunchAttribute.ProgrammaticStreamSerialization;
        attribute.Value = 1;
        fixed (TArguments* buffer = &arguments)
        {
            // CU_LAUNCH_PARAM_BUFFER_POINTER, CU_LAUNCH_PARAM_BUFFER_SIZE, CU_LAUNCH_PARAM_END
            void** extra = stackalloc void*[] { (void*)1, buffer, (void*)2, &size, null };
            LaunchConfig launch = default;
            launch.GridX = (uint)config.GridDim.X;
            launch.GridY = (uint)config.GridDim.Y;
            launch.GridZ = (uint)config.GridDim.Z;
            launch.GroupX = (uint)config.GroupDim.X;
            launch.GroupY = (uint)config.GroupDim.Y;
            launch.GroupZ = (uint)config.GroupDim.Z;
            launch.SharedBytes = (uint)config.SharedMemoryConfig.DynamicArraySize;
            launch.Stream = stream.StreamPtr;
            launch.Attributes = &attribute;
            launch.AttributeCount = 1;
            var binding = stream.BindScoped();
            int error = OperatingSystem.IsWindows()
                ? LaunchOnWindows(&launch, kernel.FunctionPtr, null, extra)
                : Launch(&launch, kernel.FunctionPtr, null, extra);
            binding.Recover();
            return (CudaError)error;
        }
    }

    private static bool BeginsEarly(CudaKernel kernel) => (bool)KernelsThatBeginEarly.GetValue(
        kernel, static loaded => ((PTXCompiledKernel)loaded.CompiledKernel).PTXAssembly.Contains(LaunchOrder.AwaitInstruction, StringComparison.Ordinal));

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "LaunchKernelMethod")]
    private static extern ref MethodInfo LaunchMethod(CudaAccelerator? declaring);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_TargetArchitecture")]
    private static extern void SetTarget(CudaCapabilityContext capabilities, CudaArchitecture architecture);

    // The library is the one that ILGPU itself has loaded.
    [LibraryImport("cuda", EntryPoint = "cuLaunchKernelEx")]
    private static unsafe partial int Launch(LaunchConfig* config, nint function, void** arguments, void** extra);

    [LibraryImport("nvcuda", EntryPoint = "cuLaunchKernelEx")]
    private static unsafe partial int LaunchOnWindows(LaunchConfig* config, nint function, void** arguments, void** extra);

    // CUlaunchConfig
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct LaunchConfig
    {
        public uint GridX;
        public uint GridY;
        public uint GridZ;
        public uint GroupX;
        public uint GroupY;
        public uint GroupZ;
        public uint SharedBytes;
        public nint Stream;
        public LaunchAttribute* Attributes;
        public uint AttributeCount;
    }

    // CUlaunchAttribute: an id, and a union of 64 bytes.
    [StructLayout(LayoutKind.Sequential, Size = 72)]
    private struct LaunchAttribute
    {
        public const int ProgrammaticStreamSerialization = 6;

        public int Id;
        private readonly int _padding;
        public int Value;
    }
}
