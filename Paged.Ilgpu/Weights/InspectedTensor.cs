namespace Paged.Ilgpu.Weights;

/// <summary>What becomes of a tensor of a checkpoint's files.</summary>
public enum TensorUse
{
    /// <summary>It is a weight of the model.</summary>
    Used,

    /// <summary>It is known not to be needed: computed from the configuration, or a copy of another one.</summary>
    Ignored,

    /// <summary>No Llama has it.</summary>
    Unknown,
}

/// <summary>A tensor of a file, as the file describes it.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">The file's word for the type of the elements.</param>
/// <param name="Shape">The extent of each axis, outermost first.</param>
/// <param name="SizeInBytes">What the elements take in the file.</param>
/// <param name="File">The path of the file.</param>
/// <param name="Use">What becomes of it.</param>
public sealed record InspectedTensor(string Name, string Type, IReadOnlyList<long> Shape, long SizeInBytes, string File, TensorUse Use)
{
    /// <summary>Elements of the tensor.</summary>
    public long ElementCount => TensorShape.CountElements(Shape) ?? 0;
}
