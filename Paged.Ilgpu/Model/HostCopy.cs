using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Model;

/// <summary>
/// Copies between spans and the device, done when the call returns. ILGPU's own copies from and to a reference want it pinned and do not
/// pin it: a garbage collection in between moved the array and the copy went astray, once in some 75,000 launches.
/// </summary>
internal static class HostCopy
{
    /// <summary>Copies to the device.</summary>
    /// <param name="target">As long as the source.</param>
    /// <param name="source">At least one element.</param>
    public static unsafe void Upload<T>(ArrayView<T> target, ReadOnlySpan<T> source)
        where T : unmanaged
    {
        fixed (T* pinned = source)
            target.CopyFromCPU(ref Unsafe.AsRef<T>(pinned), source.Length);
    }

    /// <summary>Copies from the device.</summary>
    /// <param name="source">As long as the target.</param>
    /// <param name="target">At least one element.</param>
    public static unsafe void Download<T>(ArrayView<T> source, Span<T> target)
        where T : unmanaged
    {
        fixed (T* pinned = target)
            source.CopyToCPU(ref Unsafe.AsRef<T>(pinned), target.Length);
    }
}
