using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Kernels;

/// <summary>Two values that are read and written at once.</summary>
/// <param name="first">The first.</param>
/// <param name="second">The second.</param>
[StructLayout(LayoutKind.Sequential, Size = 8)]
public struct FloatPair(float first, float second)
{
    /// <summary>The first.</summary>
    public float First = first;

    /// <summary>The second.</summary>
    public float Second = second;
}
