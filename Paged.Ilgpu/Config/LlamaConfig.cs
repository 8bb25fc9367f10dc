namespace Paged.Ilgpu.Config;

/// <summary>
/// The shape and the constants of a Llama model, validated: everything that changes the arithmetic, and nothing else. Read from
/// Meta's params.json or Hugging Face's config.json; both end in this one form.
/// </summary>
public sealed record LlamaConfig
{
    /// <summary>Width of the residual stream, in elements.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the feed-forward layer, in elements.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of transformer layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Number of query heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Number of key and value heads; divides <see cref="HeadCount"/> (grouped-query attention, Ainslie et al. 2023).</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Elements of one head; even, since RoPE rotates pairs.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Rows of the embedding and of the output matrix.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Number of positions the model was made for.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Added to the mean square before the root in RMSNorm.</summary>
    public required float RmsNormEpsilon { get; init; }

    /// <summary>Base of the rotary angles (Su et al. 2021, section 3.2.2).</summary>
    public required double RopeTheta { get; init; }

    /// <summary>How the rotary angles are stretched beyond the trained length; null where they are not.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>True where the output matrix is the embedding itself.</summary>
    public required bool TiedEmbedding { get; init; }

    /// <summary>True where query, key, value and attention's output projections each have a bias.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>True where gate, up and down projections each have a bias.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>The query heads that share one key and value head.</summary>
    public int HeadsPerKeyValueHead => HeadCount / KeyValueHeadCount;
}
