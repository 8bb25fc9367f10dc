using ILGPU;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Kernels;

/// <summary>Rows of tokens with their logits. Of tokens in a row whose logits are equal the lower id comes first.</summary>
public interface ITokenLogits
{
    /// <summary>A token of a row, or one of the id <see cref="TopKKernel.None"/> where there is none.</summary>
    TokenLogit Read(int row, int index);
}

/// <summary>Chosen rows of a model's logits: the token's id is its place.</summary>
public struct LogitRows : ITokenLogits
{
    /// <summary>[row of the step, stride].</summary>
    public ArrayView<float> Logits;

    /// <summary>[row] which row of the step it is.</summary>
    public ArrayView<int> Rows;

    /// <summary>Elements from a row of logits to the next.</summary>
    public int Stride;

    /// <inheritdoc/>
    public readonly TokenLogit Read(int row, int index) => new(Logits[(long)Rows[row] * Stride + index], index);
}

/// <summary>What was found in the pieces of rows, one list behind the other.</summary>
public struct TokenLists : ITokenLogits
{
    /// <summary>[row, entry of all its lists].</summary>
    public ArrayView<TokenLogit> Tokens;

    /// <summary>Entries of a row.</summary>
    public int Length;

    /// <inheritdoc/>
    public readonly TokenLogit Read(int row, int index) => Tokens[(long)row * Length + index];
}
