namespace Paged.Ilgpu.Sampling;

/// <summary>A token and its logit, as a device writes them.</summary>
/// <param name="logit">The logit.</param>
/// <param name="id">The token.</param>
public struct TokenLogit(float logit, int id)
{
    /// <summary>The logit.</summary>
    public float Logit = logit;

    /// <summary>The token.</summary>
    public int Id = id;
}
