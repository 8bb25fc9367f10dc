namespace Paged.Ilgpu.Kernels;

/// <summary>What the attention kernel must know of the model. Passed to the kernel by value.</summary>
public struct AttentionShape
{
    /// <summary>Query heads that share a KV head.</summary>
    public int HeadsPerKeyValueHead;

    /// <summary>Elements of one head.</summary>
    public int HeadDim;

    /// <summary>Tokens that the query buffer is made for.</summary>
    public int TokenCapacity;

    /// <summary>Elements from an output row to the next.</summary>
    public int OutputStride;

    /// <summary>What scores are multiplied with, 1 / √headDim.</summary>
    public float Scale;
}
