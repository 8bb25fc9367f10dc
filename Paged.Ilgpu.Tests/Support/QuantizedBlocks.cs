using System.Buffers.Binary;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// GGUF's quantized blocks, one element at a time, straight from the structs of ggml's ggml-common.h: slow and obvious, sharing
/// nothing with the library's readers.
/// </summary>
internal sealed record QuantizedBlocks(string Name, uint Number, int Elements, int Bytes, Func<byte[], int, int, float> Read)
{
    private static readonly QuantizedBlocks[] All =
    [
        new("Q4_0", 2, 32, 18, ReadQ4_0),
        new("Q8_0", 8, 32, 34, ReadQ8_0),
        new("Q4_K", 12, 256, 144, ReadQ4_K),
        new("Q6_K", 14, 256, 210, ReadQ6_K),
    ];

    /// <summary>The blocks of that name.</summary>
    public static QuantizedBlocks Of(string name) => All.Single(blocks => blocks.Name == name);

    /// <summary>Blocks of random quants and scales for that many elements, some hundredths each.</summary>
    public byte[] Random(Random random, int elements)
    {
        var data = new byte[elements / Elements * Bytes];
        random.NextBytes(data);
        for (int block = 0; block < data.Length; block += Bytes)
        {
            foreach (int at in ScalesAt())
            {
                double size = Name is "Q4_K" or "Q6_K" ? 0.0001 : 0.003; // what else multiplies the quants is in the bytes
                BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(block + at), (Half)(size * (random.NextDouble() - 0.5)));
            }
        }

        return data;
    }

    /// <summary>All elements of the blocks.</summary>
    public float[] Widen(byte[] data)
    {
        var elements = new float[data.Length / Bytes * Elements];
        for (int i = 0; i < elements.Length; i++)
            elements[i] = Read(data, i / Elements * Bytes, i % Elements);
        return elements;
    }

    private int[] ScalesAt() => Name switch { "Q4_K" => [0, 2], "Q6_K" => [208], _ => [0] };

    // struct { half d; uint8_t qs[16]; }
    private static float ReadQ4_0(byte[] data, int at, int i)
    {
        int nibble = i < 16 ? data[at + 2 + i] % 16 : data[at + 2 + i - 16] / 16;
        return Half(data, at) * (nibble - 8);
    }

    // struct { half d; int8_t qs[32]; }
    private static float ReadQ8_0(byte[] data, int at, int i) => Half(data, at) * (sbyte)data[at + 2 + i];

    // struct { half d, dmin; uint8_t scales[12]; uint8_t qs[128]; }
    private static float ReadQ4_K(byte[] data, int at, int i)
    {
        int group = i / 32;
        byte quants = data[at + 16 + i / 64 * 32 + i % 32];
        int quant = i % 64 < 32 ? quants % 16 : quants / 16;
        int scale, minimum;
        if (group < 4)
        {
            scale = data[at + 4 + group] % 64;
            minimum = data[at + 8 + group] % 64;
        }
        else
        {
            byte lowBits = data[at + 12 + group - 4];
            scale = lowBits % 16 + data[at + 4 + group - 4] / 64 * 16;
            minimum = lowBits / 16 + data[at + 8 + group - 4] / 64 * 16;
        }

        return (float)((double)Half(data, at) * scale * quant - (double)Half(data, at + 2) * minimum); // both exact, rounded once
    }

    // struct { uint8_t ql[128]; uint8_t qh[64]; int8_t scales[16]; half d; }
    private static float ReadQ6_K(byte[] data, int at, int i)
    {
        int half = i / 128, rest = i % 128, column = rest % 32;
        int low = rest switch
        {
            < 32 => data[at + half * 64 + column] % 16,
            < 64 => data[at + half * 64 + 32 + column] % 16,
            < 96 => data[at + half * 64 + column] / 16,
            _ => data[at + half * 64 + 32 + column] / 16,
        };
        int high = data[at + 128 + half * 32 + column] / (int)Math.Pow(4, rest / 32) % 4;
        int scale = (sbyte)data[at + 192 + i / 16];
        return Half(data, at + 208) * scale * (low + 16 * high - 32);
    }

    private static float Half(byte[] data, int at) => (float)BitConverter.ToHalf(data, at);
}
