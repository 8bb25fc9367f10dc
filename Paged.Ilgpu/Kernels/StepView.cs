using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// One step's metadata on the device, uploaded once a step and shared by all layers: which tokens run, where they stand in their
/// sequences, and where the sequences' blocks are. Passed to kernels by value.
/// </summary>
public struct StepView
{
    /// <summary>[token] ids.</summary>
    public ArrayView<int> TokenIds;

    /// <summary>[token] position within its sequence.</summary>
    public ArrayView<int> Positions;

    /// <summary>[token] index of its sequence in this step.</summary>
    public ArrayView<int> TokenSequences;

    /// <summary>[sequence + 1] first token of the sequence's run.</summary>
    public ArrayView<int> SequenceStarts;

    /// <summary>[sequence] positions stored once the step has run.</summary>
    public ArrayView<int> ContextLengths;

    /// <summary>[sequence + 1] first entry of the sequence's block table.</summary>
    public ArrayView<int> BlockTableStarts;

    /// <summary>[blockTableStarts[sequence] + position / blockSize] block ids.</summary>
    public ArrayView<int> BlockIds;

    /// <summary>[logit row] the token whose logits are wanted.</summary>
    public ArrayView<int> LogitTokens;
}
