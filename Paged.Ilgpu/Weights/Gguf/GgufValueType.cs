using System.Buffers.Binary;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>The types of metadata, by the numbers that the format gives them.</summary>
internal enum GgufValueType
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Bool = 7,
    Text = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
}

/// <summary>Facts about types of metadata.</summary>
internal static class GgufValueTypes
{
    /// <summary>The size of a value in bytes; 0 for texts and arrays, whose sizes differ.</summary>
    public static int SizeInBytes(this GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => 0,
    };

    public static bool IsWhole(this GgufValueType type) =>
        type is <= GgufValueType.Int32 or GgufValueType.UInt64 or GgufValueType.Int64;

    /// <summary>A value of a fixed size as a long, a double or a bool.</summary>
    /// <returns>Null for what is none: a whole number that passes a long's, or a bool other than 0 and 1.</returns>
    public static object? ToValue(this GgufValueType type, ReadOnlySpan<byte> bytes) => type switch
    {
        GgufValueType.UInt8 => (long)bytes[0],
        GgufValueType.Int8 => (long)(sbyte)bytes[0],
        GgufValueType.UInt16 => (long)BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        GgufValueType.Int16 => (long)BinaryPrimitives.ReadInt16LittleEndian(bytes),
        GgufValueType.UInt32 => (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        GgufValueType.Int32 => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes) is <= long.MaxValue and ulong number ? (long)number : null,
        GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        GgufValueType.Float32 => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
        GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        GgufValueType.Bool => bytes[0] switch { 0 => false, 1 => true, _ => null },
        _ => null,
    };
}
