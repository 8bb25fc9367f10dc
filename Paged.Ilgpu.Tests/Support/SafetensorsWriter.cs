using System.Buffers.Binary;
using System.Text;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Writes small .safetensors files, right ones and wrong ones.</summary>
internal static class SafetensorsWriter
{
    /// <summary>A file of these tensors.</summary>
    public static byte[] Write(IEnumerable<TestTensor> tensors)
    {
        var entries = new List<string> { "\"__metadata__\":{\"format\":\"pt\"}" };
        var data = new MemoryStream();
        foreach (TestTensor tensor in tensors)
        {
            string type = tensor.Type switch { ElementType.Float32 => "F32", ElementType.BFloat16 => "BF16", _ => "F16" };
            entries.Add(Entry(tensor.Name, type, tensor.Shape, data.Length, data.Length + tensor.Data.Length));
            data.Write(tensor.Data);
        }

        return Write($"{{{string.Join(',', entries)}}}", data.ToArray());
    }

    /// <summary>A file of this header, whatever it says, and these bytes after it.</summary>
    public static byte[] Write(string header, byte[] data)
    {
        byte[] headerBytes = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)headerBytes.Length);
        return [.. length, .. headerBytes, .. data];
    }

    /// <summary>One entry of a header.</summary>
    public static string Entry(string name, string type, long[] shape, long begin, long end) =>
        $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{begin},{end}]}}";
}
