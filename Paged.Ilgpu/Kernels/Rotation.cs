namespace Paged.Ilgpu.Kernels;

/// <summary>The rotation of one pair at one position, computed on the host in double.</summary>
public readonly struct Rotation(float cosine, float sine)
{
    /// <summary>Cosine of the angle.</summary>
    public float Cosine { get; } = cosine;

    /// <summary>Sine of the angle.</summary>
    public float Sine { get; } = sine;
}
