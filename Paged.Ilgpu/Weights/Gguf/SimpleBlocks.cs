using System.Buffers.Binary;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>Blocks of 32 elements with one scale: d, a float16, then 32 signed bytes q; an element is d · q (ggml's `block_q8_0`).</summary>
internal sealed class Q8_0Encoding : ElementEncoding
{
    public override int ElementsPerBlock => 32;

    public override int BytesPerBlock => 2 + 32;

    public override ElementType Type => ElementType.Float32;

    public override void Widen(ReadOnlySpan<byte> blocks, Span<float> elements)
    {
        for (; elements.Length > 0; elements = elements[32..], blocks = blocks[34..])
        {
            float scale = BlockScale.Read(blocks);
            ReadOnlySpan<byte> quants = blocks.Slice(2, 32);
            Span<float> block = elements[..32];
            for (int i = 0; i < block.Length; i++)
                block[i] = scale * (sbyte)quants[i];
        }
    }
}

/// <summary>
/// Blocks of 32 elements with one scale: d, a float16, then 16 bytes, byte i with q of element i in its lower half and q of
/// element i + 16 in its upper one; an element is d · (q − 8) (ggml's `block_q4_0`).
/// </summary>
internal sealed class Q4_0Encoding : ElementEncoding
{
    public override int ElementsPerBlock => 32;

    public override int BytesPerBlock => 2 + 16;

    public override ElementType Type => ElementType.Float32;

    public override void Widen(ReadOnlySpan<byte> blocks, Span<float> elements)
    {
        for (; elements.Length > 0; elements = elements[32..], blocks = blocks[18..])
        {
            float scale = BlockScale.Read(blocks);
            ReadOnlySpan<byte> quants = blocks.Slice(2, 16);
            Span<float> low = elements[..16];
            Span<float> high = elements.Slice(16, 16);
            for (int i = 0; i < quants.Length; i++)
            {
                low[i] = scale * ((quants[i] & 15) - 8);
                high[i] = scale * ((quants[i] >> 4) - 8);
            }
        }
    }
}

/// <summary>The scale of a block.</summary>
internal static class BlockScale
{
    /// <summary>The float16 at the beginning of the bytes.</summary>
    public static float Read(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);
}
