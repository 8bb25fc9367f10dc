namespace Paged.Ilgpu.Tests.Support;

/// <summary>Writes small files of torch.save, right ones and wrong ones.</summary>
internal static class PthWriter
{
    /// <summary>A state dict of these tensors, one storage each; tensors that are one array share one.</summary>
    public static byte[] Write(IReadOnlyList<TestTensor> tensors, bool zip64 = true)
    {
        byte[][] storages = [.. tensors.Select(tensor => tensor.Data).Distinct()];
        PickleWriter pickle = new PickleWriter().EmptyDict().Mark();
        foreach (TestTensor tensor in tensors)
        {
            long elements = tensor.Data.Length / tensor.Type.SizeInBytes();
            int key = Array.IndexOf(storages, tensor.Data);
            pickle.Text(tensor.Name).Tensor($"{key}", StorageClass(tensor.Type), elements, 0, tensor.Shape, RowMajor(tensor.Shape));
        }

        return Write(pickle.SetItems().Stop(), storages, zip64);
    }

    /// <summary>A file of this pickle, whatever it says, and storages named 0, 1, ...</summary>
    public static byte[] Write(byte[] pickle, IReadOnlyList<byte[]> storages, bool zip64 = true)
    {
        IEnumerable<(string, byte[])> data = storages.Select((storage, index) => ($"archive/data/{index}", storage));
        return ZipWriter.Write(data.Prepend(("archive/byteorder", "little"u8.ToArray())).Prepend(("archive/data.pkl", pickle)), zip64);
    }

    /// <summary>PyTorch's name of a storage of that type.</summary>
    public static string StorageClass(ElementType type) => type switch
    {
        ElementType.Float32 => "FloatStorage",
        ElementType.BFloat16 => "BFloat16Storage",
        _ => "HalfStorage",
    };

    private static long[] RowMajor(long[] shape) =>
        [.. shape.Select((_, axis) => shape[(axis + 1)..].Aggregate(1L, (product, extent) => product * extent))];
}
