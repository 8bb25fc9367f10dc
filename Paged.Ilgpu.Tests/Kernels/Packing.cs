using System.Runtime.InteropServices;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>How rows and matrices lie in packets, written a second time and plainly: what the kernels' own forms are held against.</summary>
internal static class Packing
{
    /// <summary>Elements in storage order, as the bytes of packets.</summary>
    public static Packet[] Encode(ElementType type, ReadOnlySpan<float> elements)
    {
        if (type == ElementType.Float32)
            return MemoryMarshal.Cast<float, Packet>(elements).ToArray();
        var bits = new ushort[elements.Length];
        for (int i = 0; i < bits.Length; i++)
            bits[i] = Rounding.ToBits(type, elements[i]);
        return MemoryMarshal.Cast<ushort, Packet>(bits).ToArray();
    }

    /// <summary>Whole numbers of eight bits in storage order, as the bytes of packets.</summary>
    public static Packet[] EncodeBytes(ReadOnlySpan<float> elements)
    {
        var bytes = new sbyte[elements.Length];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = checked((sbyte)elements[i]);
        return MemoryMarshal.Cast<sbyte, Packet>(bytes).ToArray();
    }

    /// <summary>The elements of packets, widened.</summary>
    public static float[] Decode(ElementType type, ReadOnlySpan<Packet> packets) => type == ElementType.Float32
        ? MemoryMarshal.Cast<Packet, float>(packets).ToArray()
        : Array.ConvertAll(MemoryMarshal.Cast<Packet, ushort>(packets).ToArray(), bits => Rounding.FromBits(type, bits));

    /// <summary>Rows, each padded with zeros to whole octets: [row, width] becomes [row, octet, element].</summary>
    public static float[] Pad(ReadOnlySpan<float> rows, int width)
    {
        int paddedWidth = PaddedWidth(width);
        var padded = new float[rows.Length / width * paddedWidth];
        for (int i = 0; i < rows.Length; i++)
            padded[i / width * paddedWidth + i % width] = rows[i];
        return padded;
    }

    /// <summary>A weight matrix, [column, input], as [tile of 8 columns, octet of inputs, column in tile, element], zeros where nothing is.</summary>
    public static float[] Tile(ReadOnlySpan<float> weight, int inputs)
    {
        int columns = weight.Length / inputs;
        int octets = PaddedWidth(inputs) / 8;
        var tiled = new float[PaddedWidth(columns) * octets * 8];
        for (int column = 0; column < columns; column++)
        {
            for (int input = 0; input < inputs; input++)
                tiled[((column / 8 * octets + input / 8) * 8 + column % 8) * 8 + input % 8] = weight[column * inputs + input];
        }

        return tiled;
    }

    /// <summary>
    /// A weight matrix, [column, input], as [block of 16 columns, half of a step, step of 32 inputs, column modulo 8, pair of an octet, octet of
    /// the half, half of the block, input of the pair], zeros where nothing is.
    /// </summary>
    public static float[] TileForMatrixUnit(ReadOnlySpan<float> weight, int inputs)
    {
        int columns = weight.Length / inputs;
        int steps = (inputs + 31) / 32;
        var tiled = new float[(columns + 15) / 16 * 16 * steps * 32];
        for (int column = 0; column < columns; column++)
        {
            for (int input = 0; input < inputs; input++)
            {
                int packets = (column / 16 * 2 + input % 32 / 16) * steps + input / 32;
                int packet = packets * 32 + column % 8 * 4 + input % 8 / 2;
                tiled[packet * 8 + input % 16 / 8 * 4 + column % 16 / 8 * 2 + input % 2] = weight[column * inputs + input];
            }
        }

        return tiled;
    }

    /// <summary>
    /// A weight matrix of eight bits, [column, input], as [block of 16 columns, step of 32 inputs, column in tile, pair of an octet, tile of block,
    /// half of a step, input of the pair, octet of the half], zeros where nothing is.
    /// </summary>
    public static float[] TileBytesForMatrixUnit(ReadOnlySpan<float> weight, int inputs)
    {
        int columns = weight.Length / inputs;
        int steps = (inputs + 31) / 32;
        var tiled = new float[(columns + 15) / 16 * 16 * steps * 32];
        for (int column = 0; column < columns; column++)
        {
            for (int input = 0; input < inputs; input++)
            {
                int packet = ((column / 16 * steps + input / 32) * 8 + column % 8) * 4 + input % 8 / 2;
                tiled[packet * 16 + column / 8 % 2 * 8 + input % 32 / 16 * 4 + input % 2 * 2 + input % 16 / 8] = weight[column * inputs + input];
            }
        }

        return tiled;
    }

    /// <summary>Elements of a row with its padding.</summary>
    public static int PaddedWidth(int width) => (width + 7) / 8 * 8;
}
