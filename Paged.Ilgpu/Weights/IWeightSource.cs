namespace Paged.Ilgpu.Weights;

/// <summary>
/// The tensors of one checkpoint under the project's own names (<see cref="WeightNames"/>), whatever the file called them; the rows of
/// query and key projections are in Meta's interleaved RoPE order, whatever the file's order was.
/// </summary>
public interface IWeightSource : IDisposable
{
    /// <summary>The names of all tensors, in the file's order.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="PagedException">The checkpoint has no such tensor, or its shape is not the expected one.</exception>
    WeightTensor GetTensor(string name, int expectedRows, int expectedColumns);
}
