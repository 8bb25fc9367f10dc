using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>
/// Joins the parts of a tensor that a release in several files shares out, along the axis that their shapes show. Meta's
/// model-parallel layers (github.com/facebookresearch/fairscale, nn/model_parallel/layers.py) split rows where outputs are shared
/// (ColumnParallelLinear, Llama 3's VocabParallelEmbedding), columns where inputs are (RowParallelLinear, Llama 2's ParallelEmbedding),
/// and keep norms whole in every file.
/// </summary>
internal static class TensorParts
{
    /// <summary>The whole tensor.</summary>
    /// <param name="name">The project's own name.</param>
    /// <param name="parts">In the order of their files, at least one.</param>
    /// <param name="rows">Rows that the configuration wants; 1 for a norm.</param>
    /// <param name="columns">Columns that the configuration wants; 1 for a bias.</param>
    /// <exception cref="PagedException">No axis gives that shape, or a type cannot be read.</exception>
    public static WeightTensor Join(string name, IReadOnlyList<StoredTensor> parts, int rows, int columns)
    {
        (long Rows, long Columns)[] extents = [.. parts.Select(part => Extents(part, rows, columns))];
        if (extents.All(extent => extent == (rows, columns)))
            return Single(name, parts[0], rows, columns);
        if (extents.All(extent => extent.Columns == columns) && extents.Sum(extent => extent.Rows) == rows)
            return new RowJoinedTensor(OfOneType(name, parts, extents));
        if (extents.All(extent => extent.Rows == rows) && extents.Sum(extent => extent.Columns) == columns)
            return new ColumnJoinedTensor(OfOneType(name, parts, extents));
        string found = parts.Count == 1 ? $"the shape {TensorShape.Show(parts[0].Shape)}"
            : $"the shapes {string.Join(", ", parts.Select(part => TensorShape.Show(part.Shape)))} in {parts.Count} files";
        throw new PagedException($"Tensor {Quoted.Of(parts[0].Name)} of {parts[0].Path} has {found}, "
            + $"expected [{rows}, {columns}] by the configuration.");
    }

    // A vector is the one row or the one column that is wanted; where neither is, it passes for no matrix.
    private static (long Rows, long Columns) Extents(StoredTensor part, int rows, int columns) => part.Shape switch
    {
        [long count, long width] => (count, width),
        [long length] when rows == 1 => (1, length),
        [long length] when columns == 1 => (length, 1),
        _ => (-1, -1),
    };

    private static WeightTensor[] OfOneType(
        string name, IReadOnlyList<StoredTensor> parts, IReadOnlyList<(long Rows, long Columns)> extents)
    {
        foreach (StoredTensor part in parts)
        {
            if (part.Type != parts[0].Type)
            {
                throw new PagedException($"Tensor {Quoted.Of(part.Name)} is of type {parts[0].TypeName} in {parts[0].Path} "
                    + $"and of type {part.TypeName} in {part.Path}, expected one type.");
            }
        }

        return [.. parts.Zip(extents, (part, extent) => Single(name, part, (int)extent.Rows, (int)extent.Columns))];
    }

    private static FileWeightTensor Single(string name, StoredTensor stored, int rows, int columns)
    {
        ElementType type = stored.Type
            ?? throw new PagedException($"Tensor {Quoted.Of(stored.Name)} of {stored.Path} is of type {stored.TypeName}, "
                + "expected float32, bfloat16 or float16, or in a GGUF file Q8_0, Q4_0, Q4_K or Q6_K.");
        return new FileWeightTensor(name, type, stored, rows, columns);
    }
}
