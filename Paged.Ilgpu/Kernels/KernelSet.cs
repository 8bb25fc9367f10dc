using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// The kernels of one model on one device, loaded once: the element types of weights and cache are chosen here, the tile's height at
/// each launch by the number of rows (which changes no bit of a result). Shapes are those of the kernels' own parameters.
/// </summary>
public abstract class KernelSet : IDisposable
{
    /// <summary>Rows of the highest tile. Buffers that tiles read are readable up to a multiple of this.</summary>
    public const int LargestTileHeight = 16;

    /// <summary>Chooses the kernels for element types and a device.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="weights">Type of the weights.</param>
    /// <param name="keyValues">Type of cached keys and values.</param>
    /// <param name="groupSize">Work items of a group: 1 on the CPU accelerator, where barriers are dear.</param>
    public static KernelSet Create(Accelerator accelerator, ElementType weights, ElementType keyValues, int groupSize) => weights switch
    {
        ElementType.Float32 => Create<Float32>(accelerator, keyValues, groupSize),
        ElementType.BFloat16 => Create<BFloat16>(accelerator, keyValues, groupSize),
        _ => Create<Float16>(accelerator, keyValues, groupSize),
    };

    /// <summary>The group size that suits a device.</summary>
    public static int GroupSizeFor(Accelerator accelerator) => accelerator.AcceleratorType switch
    {
        AcceleratorType.CPU => 1,
        AcceleratorType.OpenCL => 32,
        _ => 128,
    };

    /// <summary>See <see cref="EmbeddingKernel"/>.</summary>
    public abstract void Embed(ArrayView<int> tokenIds, ArrayView<Packet> embedding, ArrayView<Packet> residual, int tokens, int hiddenOctets);

    /// <summary>See <see cref="RmsNormKernel"/>.</summary>
    public abstract void RmsNorm(
        ArrayView<Packet> input, ArrayView<int> inputRows, ArrayView<Packet> weight, ArrayView<Packet> output, int rows, int hidden, float epsilon);

    /// <summary>See <see cref="LinearKernel"/>: the result, with the bias where the matrix has one, replaces the output.</summary>
    public abstract void Linear(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride);

    /// <summary>See <see cref="LinearKernel"/>: the result, with the bias where the matrix has one, is added to the output.</summary>
    public abstract void LinearAccumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride);

    /// <summary>See <see cref="RopeKernel"/>.</summary>
    public abstract void Rope(
        StepView step,
        ArrayView<float> projected,
        ArrayView<Rotation> rotations,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        KvLayout layout,
        AttentionShape shape,
        int layer,
        int tokens);

    /// <summary>See <see cref="AttentionKernel"/>; the tiles' height is a power of two up to <see cref="LargestTileHeight"/>.</summary>
    public abstract void Attention(
        StepView step,
        ArrayView<AttentionTile> tiles,
        int tileHeight,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        ArrayView<float> output,
        KvLayout layout,
        AttentionShape shape,
        int layer);

    /// <summary>See <see cref="SwiGluKernel"/>.</summary>
    public abstract void SwiGlu(ArrayView<Packet> gateUp, ArrayView<Packet> product, int tokens, int octets);

    /// <summary>See <see cref="ArgmaxKernel"/>.</summary>
    public abstract void Argmax(ArrayView<float> logits, ArrayView<int> bestIds, int rows, int vocabulary, int stride);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The lowest tile that holds so many rows, or the highest there is.</summary>
    public static int TileHeightFor(int rows)
    {
        int height = 1;
        while (height < rows && height < LargestTileHeight)
            height *= 2;
        return height;
    }

    private static KernelSet Create<TWeight>(Accelerator accelerator, ElementType keyValues, int groupSize)
        where TWeight : struct, IElement => keyValues switch
        {
            ElementType.Float32 => new KernelSet<TWeight, Float32>(accelerator, groupSize),
            ElementType.BFloat16 => new KernelSet<TWeight, BFloat16>(accelerator, groupSize),
            _ => new KernelSet<TWeight, Float16>(accelerator, groupSize),
        };
}
