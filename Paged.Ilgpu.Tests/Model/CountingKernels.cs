using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Tests.Model;

/// <summary>Kernels that count what they are asked to launch.</summary>
internal sealed class CountingKernels(KernelSet kernels) : KernelSet(kernels.Form, kernels.InputType)
{
    /// <summary>Launches of layers so far: embedding and argmax are not counted.</summary>
    public int Launches { get; private set; }

    public override bool KeepsGateUp => kernels.KeepsGateUp;

    public override long WorkspaceBytes => kernels.WorkspaceBytes;

    public override AttentionTiling Tiling => kernels.Tiling;

    public override bool HasPackedQueries => kernels.HasPackedQueries;

    public override void Arrange(PackedMatrix matrix) => kernels.Arrange(matrix);

    public override void Embed(ArrayView<int> tokenIds, ArrayView<Packet> embedding, ArrayView<Packet> residual, int tokens, int hiddenOctets) =>
        kernels.Embed(tokenIds, embedding, residual, tokens, hiddenOctets);

    public override void RmsNorm(
        ArrayView<Packet> input, ArrayView<int> inputRows, ArrayView<Packet> weight, ArrayView<Packet> output, int rows, int hidden, float epsilon)
    {
        Launches++;
        kernels.RmsNorm(input, inputRows, weight, output, rows, hidden, epsilon);
    }

    public override void Linear(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        Launches++;
        kernels.Linear(input, weight, output, rows, outputStride);
    }

    public override void LinearAccumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride)
    {
        Launches++;
        kernels.LinearAccumulate(input, weight, output, rows, outputStride);
    }

    public override void GateUp(
        ArrayView<Packet> input, PackedMatrix weight, ArrayView<Packet> gateUp, ArrayView<Packet> product, int rows, int octets)
    {
        Launches += KeepsGateUp ? 2 : 1;
        kernels.GateUp(input, weight, gateUp, product, rows, octets);
    }

    public override void Rope(
        StepView step,
        ArrayView<float> projected,
        ArrayView<Rotation> rotations,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        KvLayout layout,
        AttentionShape shape,
        int layer,
        int tokens)
    {
        Launches++;
        kernels.Rope(step, projected, rotations, queries, cache, layout, shape, layer, tokens);
    }

    public override void Attention(
        StepView step,
        AttentionTiles tiles,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        ArrayView<Packet> output,
        AttentionPartials partials,
        KvLayout layout,
        AttentionShape shape,
        int layer)
    {
        Launches++;
        kernels.Attention(step, tiles, queries, cache, output, partials, layout, shape, layer);
    }

    public override void SwiGlu(ArrayView<Packet> gateUp, ArrayView<Packet> product, int tokens, int octets)
    {
        Launches++;
        kernels.SwiGlu(gateUp, product, tokens, octets);
    }

    public override void Argmax(
        ArrayView<float> logits, ArrayView<int> bestOfPieces, ArrayView<int> bestIds, int rows, int vocabulary, int stride) =>
        kernels.Argmax(logits, bestOfPieces, bestIds, rows, vocabulary, stride);

    public override void TopK(
        ArrayView<float> logits,
        ArrayView<int> rows,
        ArrayView<TokenLogit> ofPieces,
        ArrayView<TokenLogit> likeliest,
        int count,
        int vocabulary,
        int stride) =>
        kernels.TopK(logits, rows, ofPieces, likeliest, count, vocabulary, stride);

    public override void Dispose() => kernels.Dispose();
}
