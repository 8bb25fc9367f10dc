using System.Text.RegularExpressions;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Inspection;

/// <summary>Tensors that are the same but for their layer or their file.</summary>
internal sealed partial record TensorGroup
{
    private const int MostCharacters = 100;

    /// <summary>The name, with a star for the number of the layer where there are several.</summary>
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required IReadOnlyList<long> Shape { get; init; }

    public required int Count { get; init; }

    public required long Parameters { get; init; }

    public required long Bytes { get; init; }

    /// <summary>used, ignored or unknown.</summary>
    public required string Use { get; init; }

    /// <summary>The groups of a checkpoint's tensors, in the order in which the first of each comes.</summary>
    public static IReadOnlyList<TensorGroup> Of(IEnumerable<InspectedTensor> tensors) =>
        [.. from tensor in tensors
            group tensor by (LayerNumber().Replace(tensor.Name, ".*.", 1), tensor.Type, string.Join(',', tensor.Shape), tensor.Use) into same
            let first = same.First()
            select new TensorGroup
            {
                Name = Shown.OnOneLine(same.Count() == 1 ? first.Name : same.Key.Item1, MostCharacters),
                Type = Shown.OnOneLine(first.Type, MostCharacters),
                Shape = first.Shape,
                Count = same.Count(),
                Parameters = same.Sum(tensor => tensor.ElementCount),
                Bytes = same.Sum(tensor => tensor.SizeInBytes),
                Use = first.Use switch { TensorUse.Used => "used", TensorUse.Ignored => "ignored", _ => "unknown" },
            }];

    [GeneratedRegex(@"\.\d+\.", RegexOptions.NonBacktracking)]
    private static partial Regex LayerNumber();
}
