namespace Paged.Ilgpu.Kernels;

/// <summary>Elements of two bytes, singly.</summary>
public interface IElement16 : IElement
{
    /// <summary>The float32 of sixteen bits, exactly.</summary>
    static abstract float Widen(uint bits);

    /// <summary>The sixteen bits of the nearest element, ties to even.</summary>
    static abstract uint Narrow(float value);
}
