using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Loads kernels with instructions that NVIDIA has in one architecture alone. They assemble only for a target whose name ends in "a"
/// (PTX ISA, section "Target"), and ILGPU knows sm_90 but not sm_90a: so the name is put in after it has compiled the kernel, and the version of the language that
/// has all of them. So is the size of a kernel's clusters (section "Cluster Dimension Directives"), which plain launches keep to.
/// </summary>
public static partial class SpecificKernels
{
    private const string LaunchBoundsDirective = ".maxntid ";
    private const int MaxDynamicSharedSizeBytes = 8; // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES

    // The youngest of the instructions is the fence of maps.
    private static readonly Version LanguageVersion = new(8, 3);
    private static readonly CudaDriverVersion OldestDriver = CudaDriverVersion.FromMajorMinor(12, 3);

    /// <summary>Loads a kernel.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="kernel">The kernel's method.</param>
    /// <param name="launchBounds">What the compiler is told of launches.</param>
    /// <param name="sharedBytes">Shared memory that launches will ask for; more than 48 KiB have to be allowed first.</param>
    /// <param name="clusterSize">Groups of a cluster, along the first dimension of the grid, which must be a multiple of it; 1 for none.</param>
    /// <exception cref="PagedException">The driver does not allow it.</exception>
    /// <typeparam name="TLauncher">The launcher's type: an action of the stream, the launch's dimensions and the kernel's parameters.</typeparam>
    public static TLauncher Load<TLauncher>(CudaAccelerator accelerator, MethodInfo kernel, KernelSpecialization launchBounds, int sharedBytes, int clusterSize = 1)
        where TLauncher : Delegate
    {
        var compiled = (PTXCompiledKernel)accelerator.GetBackend().Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), launchBounds);
        Assembly(compiled) = WithSpecificTarget(compiled.PTXAssembly, clusterSize);
        Kernel loaded = accelerator.LoadKernel(compiled);
        nint function = ((CudaKernel)loaded).FunctionPtr;
        int error = OperatingSystem.IsWindows()
            ? SetAttributeOnWindows(function, MaxDynamicSharedSizeBytes, sharedBytes)
            : SetAttribute(function, MaxDynamicSharedSizeBytes, sharedBytes);
        if (error != 0)
            throw new PagedException($"{accelerator.Name} refuses {sharedBytes} bytes of shared memory to a kernel: CUDA error {error}.");
        return loaded.CreateLauncherDelegate<TLauncher>();
    }

    /// <summary>Whether a device has such instructions, and its driver, that of CUDA 12.3 or a newer one, reads them.</summary>
    /// <exception cref="CudaException">The driver does not say which one it is.</exception>
    public static bool CanRunOn(CudaAccelerator accelerator)
    {
        if (accelerator.Architecture != CudaArchitecture.SM_90)
            return false;
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.GetDriverVersion(out CudaDriverVersion driver));
        return driver.CompareTo(OldestDriver) >= 0;
    }

    /// <summary>The same module for sm_90 and no other architecture, whichever it was for.</summary>
    /// <param name="ptx">The module of one kernel with launch bounds.</param>
    /// <param name="clusterSize">Groups of a cluster; 1 for none.</param>
    /// <exception cref="ArgumentException">The module has no launch bounds.</exception>
    public static string WithSpecificTarget(string ptx, int clusterSize = 1)
    {
        string specific = Target().Replace(ptx, ".target sm_90a");
        specific = VersionDirective().Replace(
            specific, version => Version.Parse(version.Groups["version"].Value) < LanguageVersion ? $".version {LanguageVersion}" : version.Value);
        if (clusterSize == 1)
            return specific;
        if (!specific.Contains(LaunchBoundsDirective, StringComparison.Ordinal))
            throw new ArgumentException($"The module has no launch bounds ({LaunchBoundsDirective.Trim()}), beside which the size of its clusters is said.", nameof(ptx));
        return specific.Replace(
            LaunchBoundsDirective, $".explicitcluster\n.reqnctapercluster {clusterSize}, 1, 1\n{LaunchBoundsDirective}", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\.target sm_\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Target();

    [GeneratedRegex(@"\.version (?<version>\d+\.\d+)", RegexOptions.NonBacktracking)]
    private static partial Regex VersionDirective();

    // ILGPU has no name for it. The library is the one that ILGPU itself has loaded.
    [LibraryImport("cuda", EntryPoint = "cuFuncSetAttribute")]
    private static partial int SetAttribute(nint function, int attribute, int value);

    [LibraryImport("nvcuda", EntryPoint = "cuFuncSetAttribute")]
    private static partial int SetAttributeOnWindows(nint function, int attribute, int value);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<PTXAssembly>k__BackingField")]
    private static extern ref string Assembly(PTXCompiledKernel kernel);
}
