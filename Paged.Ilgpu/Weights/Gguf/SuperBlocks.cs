namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>
/// Blocks of 256 elements in 8 groups of 32, each with a scale s and a minimum m of 6 bits: d and dmin, float16, 12 bytes of s and m, then
/// 128 bytes of q, of which 32 hold two groups, the first in their lower halves, the second in their upper ones; an element is
/// (d · s) · q − dmin · m (ggml's `block_q4_K`). All products are exact in float32, so only the subtraction rounds.
/// </summary>
internal sealed class Q4_KEncoding : ElementEncoding
{
    private const int ScalesAt = 4;
    private const int QuantsAt = ScalesAt + 12;

    public override int ElementsPerBlock => 256;

    public override int BytesPerBlock => QuantsAt + 128;

    public override ElementType Type => ElementType.Float32;

    public override void Widen(ReadOnlySpan<byte> blocks, Span<float> elements)
    {
        for (; elements.Length > 0; blocks = blocks[BytesPerBlock..])
        {
            float scale = BlockScale.Read(blocks);
            float minimumScale = BlockScale.Read(blocks[2..]);
            ReadOnlySpan<byte> packed = blocks.Slice(ScalesAt, 12);
            for (int group = 0; group < 8; group++, elements = elements[32..])
            {
                (int groupScale, int groupMinimum) = Unpack(packed, group);
                float factor = scale * groupScale;
                float minimum = minimumScale * groupMinimum;
                int shift = group % 2 * 4;
                ReadOnlySpan<byte> quants = blocks.Slice(QuantsAt + group / 2 * 32, 32);
                Span<float> target = elements[..32];
                for (int i = 0; i < target.Length; i++)
                    target[i] = factor * (quants[i] >> shift & 15) - minimum;
            }
        }
    }

    // The first four scales and minima are the lower six bits of bytes 0 to 3 and 4 to 7. The last four have their lower four bits in
    // the halves of bytes 8 to 11, and their upper two in what is left of bytes 0 to 7.
    private static (int Scale, int Minimum) Unpack(ReadOnlySpan<byte> packed, int group) => group < 4
        ? (packed[group] & 63, packed[group + 4] & 63)
        : ((packed[group + 4] & 15) | packed[group - 4] >> 6 << 4, packed[group + 4] >> 4 | packed[group] >> 6 << 4);
}

/// <summary>
/// Blocks of 256 elements in 16 groups of 16, each with a scale s, a signed byte: 128 bytes with the lower four bits of q, 64 with the upper
/// two, 16 scales, then d, a float16; an element is (d · s) · (q − 32) (ggml's `block_q6_K`). In each half of a block, byte i of the lower bits
/// serves elements i and i + 64, byte i of the upper ones elements i, i + 32, i + 64 and i + 96.
/// </summary>
internal sealed class Q6_KEncoding : ElementEncoding
{
    private const int UpperAt = 128;
    private const int ScalesAt = UpperAt + 64;
    private const int ScaleAt = ScalesAt + 16;

    public override int ElementsPerBlock => 256;

    public override int BytesPerBlock => ScaleAt + 2;

    public override ElementType Type => ElementType.Float32;

    public override void Widen(ReadOnlySpan<byte> blocks, Span<float> elements)
    {
        for (; elements.Length > 0; blocks = blocks[BytesPerBlock..])
        {
            float scale = BlockScale.Read(blocks[ScaleAt..]);
            for (int group = 0; group < 16; group++, elements = elements[16..])
            {
                (int half, int inHalf) = Math.DivRem(group * 16, 128);
                float factor = scale * (sbyte)blocks[ScalesAt + group];
                ReadOnlySpan<byte> lower = blocks.Slice(half * 64 + inHalf % 64, 16);
                ReadOnlySpan<byte> upper = blocks.Slice(UpperAt + half * 32 + inHalf % 32, 16);
                int lowerShift = inHalf / 64 * 4;
                int upperShift = inHalf / 32 * 2;
                Span<float> target = elements[..16];
                for (int i = 0; i < target.Length; i++)
                    target[i] = factor * (((lower[i] >> lowerShift & 15) | (upper[i] >> upperShift & 3) << 4) - 32);
            }
        }
    }
}
