using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace Paged.Ilgpu.Engine;

/// <summary>
/// Finds the OpenCL library for ILGPU, which opens <c>libOpenCL.so</c>: a name that only development packages bring. A driver brings
/// <c>libOpenCL.so.1</c>, and that serves.
/// </summary>
internal static class OpenCLLibrary
{
    private const string ImportedName = "OpenCL"; // as ILGPU's declarations have it on Linux and macOS

    private static readonly Lazy<nint> Library = new(() => Load("OpenCL", "libOpenCL.so.1", "OpenCL.dll"));

    private static readonly Lazy<bool> Resolver = new(SetResolver);

    /// <summary>Whether this machine has an OpenCL library.</summary>
    public static bool IsPresent => Library.Value != 0;

    /// <summary>From now on ILGPU finds the library under either name.</summary>
    public static void LetBeFound() => _ = Resolver.Value;

    /// <summary>The first library of some names that there is; 0 where there is none.</summary>
    internal static nint Load(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, typeof(Context).Assembly, searchPath: null, out nint library))
                return library;
        }

        return 0;
    }

    private static bool SetResolver()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
            return true;
        }
        catch (InvalidOperationException)
        {
            // The program that this library is part of has a resolver of its own for ILGPU, which then decides.
            return false;
        }
    }

    // 0 leaves a name to the runtime.
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name.Equals(ImportedName, StringComparison.OrdinalIgnoreCase) && !NativeLibrary.TryLoad(name, assembly, path, out _) ? Library.Value : 0;
}
