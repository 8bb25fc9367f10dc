using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>Turns the tensors that a pickle describes into ranges of the file, each checked against the storage it is a view of.</summary>
/// <param name="file">The mapped file.</param>
/// <param name="directory">Its entries.</param>
/// <param name="folder">The folder of the entries within the zip, with its slash.</param>
internal sealed class PthTensors(MappedFile file, ZipDirectory directory, string folder)
{
    /// <summary>All tensors of a state dict, in its order.</summary>
    /// <param name="stateDict">Tensors by name.</param>
    /// <param name="prefix">Taken off the names that begin with it.</param>
    public List<StoredTensor> Read(Dictionary<object, object?> stateDict, string prefix)
    {
        var tensors = new List<StoredTensor>();
        foreach ((object key, object? value) in stateDict)
        {
            if (key is not string name || value is not PickledTensor tensor)
                throw new PagedException($"{file.Path} has the entry {Quoted.Of(key.ToString()!)} among its tensors, expected nothing but tensors by name.");
            name = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
            tensors.Add(Locate(name, tensor));
        }

        return tensors;
    }

    private StoredTensor Locate(string name, PickledTensor tensor)
    {
        PickledStorage storage = tensor.Storage;
        int elementBytes = storage.Type.SizeInBytes();
        if (!directory.TryLocate($"{folder}data/{storage.Key}", out long storageOffset, out long storageBytes))
            throw new PagedException($"Tensor {Quoted.Of(name)} of {file.Path} lies in the storage {Quoted.Of(storage.Key)}, which the file does not have.");
        if (storage.ElementCount < 0 || storage.ElementCount > storageBytes / elementBytes)
        {
            throw new PagedException($"The storage {Quoted.Of(storage.Key)} of {file.Path} has {storageBytes} bytes, "
                + $"expected {storage.ElementCount} elements of {elementBytes} bytes.");
        }

        if (TensorShape.CountElements(tensor.Shape) is not long count
            || tensor.Offset < 0 || tensor.Offset > storage.ElementCount || count > storage.ElementCount - tensor.Offset)
        {
            throw new PagedException($"Tensor {Quoted.Of(name)} of {file.Path} has the shape {TensorShape.Show(tensor.Shape)} from element "
                + $"{tensor.Offset}, expected it within the {storage.ElementCount} elements of its storage.");
        }

        if (!IsContiguous(tensor))
        {
            throw new PagedException($"Tensor {Quoted.Of(name)} of {file.Path} has the strides {TensorShape.Show(tensor.Strides)}, expected the "
                + $"shape {TensorShape.Show(tensor.Shape)} stored row by row without gaps.");
        }

        return new StoredTensor(
            name,
            storage.TypeName,
            PlainEncoding.Of(storage.Type),
            tensor.Shape,
            file,
            storageOffset + tensor.Offset * elementBytes,
            count * elementBytes);
    }

    // The step of an axis is the product of the extents within it; that of an axis of extent 1 is never taken.
    private static bool IsContiguous(PickledTensor tensor)
    {
        if (tensor.Strides.Count != tensor.Shape.Count)
            return false;
        long expected = 1;
        for (int axis = tensor.Shape.Count - 1; axis >= 0; axis--)
        {
            if (tensor.Shape[axis] != 1 && tensor.Strides[axis] != expected)
                return false;
            expected *= tensor.Shape[axis];
        }

        return true;
    }
}
