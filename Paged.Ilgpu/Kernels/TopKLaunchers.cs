using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Kernels;

/// <summary>Launches <see cref="TopKKernel"/>, which is compiled when first something is drawn from its lists.</summary>
internal sealed class TopKLaunchers(Accelerator accelerator, int groupSize)
{
    private readonly Lazy<Action<KernelConfig, LogitRows, ArrayView<TokenLogit>, int, int, SpecializedValue<int>>> _ofRows = new(
        () => accelerator.LoadStreamKernel<LogitRows, ArrayView<TokenLogit>, int, int, SpecializedValue<int>>(TopKKernel.Run));

    private readonly Lazy<Action<KernelConfig, TokenLists, ArrayView<TokenLogit>, int, int, SpecializedValue<int>>> _ofLists = new(
        () => accelerator.LoadStreamKernel<TokenLists, ArrayView<TokenLogit>, int, int, SpecializedValue<int>>(TopKKernel.Run));

    /// <summary>See <see cref="KernelSet.TopK"/>.</summary>
    public void Launch(LogitRows rows, ArrayView<TokenLogit> ofPieces, ArrayView<TokenLogit> likeliest, int count, int vocabulary)
    {
        int pieces = TopKKernel.PiecesFor(vocabulary);
        if (groupSize == 1 || pieces == 1)
        {
            _ofRows.Value(Groups(count), rows, likeliest, vocabulary, vocabulary, SpecializedValue.New(groupSize));
            return;
        }

        _ofRows.Value(Groups(count, pieces), rows, ofPieces, vocabulary, TopKKernel.PieceLength, SpecializedValue.New(groupSize));
        int length = pieces * TopKKernel.ListLength;
        _ofLists.Value(
            Groups(count), new TokenLists { Tokens = ofPieces, Length = length }, likeliest, length, length, SpecializedValue.New(groupSize));
    }

    private KernelConfig Groups(int x, int y = 1) => new(new Index3D(x, y, 1), new Index3D(groupSize, 1, 1));
}
