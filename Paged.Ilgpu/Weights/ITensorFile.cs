namespace Paged.Ilgpu.Weights;

/// <summary>A file of named tensors, memory-mapped; the tensors are valid until it is disposed.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The path of the file.</summary>
    string Path { get; }

    /// <summary>All tensors, in the file's order.</summary>
    IReadOnlyList<StoredTensor> Tensors { get; }
}
