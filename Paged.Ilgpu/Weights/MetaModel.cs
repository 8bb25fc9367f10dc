using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>
/// What the arguments of Meta's form leave open and the weights say: the size of the vocabulary, and whether the output matrix is the
/// embedding.
/// </summary>
internal static class MetaModel
{
    /// <summary>The configuration.</summary>
    /// <param name="files">The weights.</param>
    /// <param name="readArguments">Reads the arguments, given the vocabulary's size, null where it is not to be seen, and whether the
    /// embedding is tied.</param>
    public static ConfigFile ReadConfig(CheckpointFiles files, Func<int?, bool, LlamaConfig> readArguments)
    {
        StoredTensor[] embedding = files.Find(WeightNames.Embedding);
        StoredTensor[] output = files.Find(WeightNames.Output);
        bool tied = output.Length == 0 || (embedding.Length > 0 && output[0].SharesStorageWith(embedding[0]));
        LlamaConfig model = readArguments(CountRows(embedding, files.Find(WeightNames.FinalNorm)), tied);
        return new ConfigFile(model, StoredType: null, BeginOfTextId: null, EndOfTextIds: []);
    }

    // In several files either the columns are shared out, and then they add up to the width that the norm has, or the rows are.
    private static int? CountRows(StoredTensor[] embedding, StoredTensor[] norm)
    {
        if (embedding.Length == 0 || embedding.Any(part => part.Shape.Count != 2))
            return null;
        long width = norm is [{ Shape: [long length] }, ..] ? length : embedding[0].Shape[1];
        bool columnsAreShared = embedding.Sum(part => (decimal)part.Shape[1]) == width;
        decimal rows = columnsAreShared ? embedding[0].Shape[0] : embedding.Sum(part => (decimal)part.Shape[0]);
        return rows is > 0 and <= int.MaxValue ? (int)rows : null;
    }
}
