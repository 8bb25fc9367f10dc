namespace Paged.Ilgpu.Config;

/// <summary>What Hugging Face's config.json says of a checkpoint: the model, and a few facts beside its arithmetic.</summary>
/// <param name="Model">The model's shape and constants.</param>
/// <param name="StoredType">The type the weights were saved in; null where the file does not say.</param>
/// <param name="BeginOfTextId">The token every prompt begins with; null where the file does not say.</param>
/// <param name="EndOfTextIds">The tokens that end an answer; empty where the file does not say.</param>
public sealed record ConfigFile(LlamaConfig Model, ElementType? StoredType, int? BeginOfTextId, IReadOnlyList<int> EndOfTextIds);
