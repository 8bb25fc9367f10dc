using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels.Vector;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Kernels;

/// <summary>The kernels for one pair of element types.</summary>
internal sealed class KernelSet<TWeight, TKeyValue, TInput, TOrder> : KernelSet
    where TWeight : struct, IElement
    where TKeyValue : struct, IElement
    where TInput : struct, IElement
    where TOrder : struct, IWeightOrder
{
    private readonly int _groupSize;
    private readonly ILinearForm _linear;
    private readonly IAttentionForm _attention;
    private readonly Action<KernelConfig, ArrayView<int>, ArrayView<Packet>, ArrayView<Packet>, int, SpecializedValue<int>> _embedding;
    private readonly Action<KernelConfig, ArrayView<int>, ArrayView<uint>, ArrayView<float>, int, SpecializedValue<int>> _wordEmbedding;
    private readonly Lazy<Action<Index1D, ArrayView<uint>>> _wordInterleave;
    private readonly Lazy<Action<Index1D, ArrayView<uint>>> _quantizedWordInterleave;
    private readonly Action<KernelConfig, ArrayView<Packet>, ArrayView<Packet>, int, SpecializedValue<int>> _swiGlu;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<int>, int, int, int, SpecializedValue<int>> _argmax;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<int>, int, int, int, SpecializedValue<int>> _argmaxMerge;
    private readonly Lazy<Action<KernelConfig, ArrayView<float>, ArrayView<int>, int, int>> _vectorArgmax;
    private readonly TopKLaunchers _topK;

    private readonly Action<
        KernelConfig, ArrayView<Packet>, ArrayView<int>, ArrayView<Packet>, ArrayView<Packet>, int, float, SpecializedValue<int>> _rmsNorm;

    private readonly Action<
        KernelConfig,
        StepView,
        ArrayView<float>,
        ArrayView<Rotation>,
        ArrayView<Packet>,
        ArrayView<Packet>,
        KvLayout,
        AttentionShape,
        int,
        SpecializedValue<int>> _rope;

    public KernelSet(Accelerator accelerator, int groupSize, KernelForm form, ElementType inputType, ILinearForm linear, IAttentionForm? attention)
        : base(form, inputType)
    {
        _groupSize = groupSize;
        _linear = linear;
        _attention = attention ?? (form == KernelForm.Vector
            ? new VectorAttentionLaunchers<TKeyValue, TWeight, TInput>(accelerator)
            : new AttentionLaunchers<TKeyValue, TWeight, TInput>(accelerator, groupSize));
        HasPackedQueries = attention is not null;
        _embedding = accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<Packet>, ArrayView<Packet>, int, SpecializedValue<int>>(
            EmbeddingKernel.Run<TWeight, TOrder>);
        _wordEmbedding = accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<uint>, ArrayView<float>, int, SpecializedValue<int>>(
            WordEmbeddingKernel.Run<TWeight>);
        _wordInterleave = new(() => accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<uint>>(WordInterleaveKernel.Run<TWeight>));
        _quantizedWordInterleave = new(() => accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<uint>>(WordInterleaveKernel.Run<Int8>));
        _rmsNorm = accelerator.LoadStreamKernel<
            ArrayView<Packet>, ArrayView<int>, ArrayView<Packet>, ArrayView<Packet>, int, float, SpecializedValue<int>>(
                RmsNormKernel.Run<TWeight, TInput>);
        _rope = accelerator.LoadStreamKernel<
            StepView,
            ArrayView<float>,
            ArrayView<Rotation>,
            ArrayView<Packet>,
            ArrayView<Packet>,
            KvLayout,
            AttentionShape,
            int,
            SpecializedValue<int>>(HasPackedQueries ? RopeKernel.Run<TKeyValue, TKeyValue> : RopeKernel.Run<TKeyValue, Float32>);
        _swiGlu = accelerator.LoadStreamKernel<ArrayView<Packet>, ArrayView<Packet>, int, SpecializedValue<int>>(SwiGluKernel.Run<TWeight>);
        _argmax = accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<int>, int, int, int, SpecializedValue<int>>(ArgmaxKernel.Run);
        _argmaxMerge = accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<int>, ArrayView<int>, int, int, int, SpecializedValue<int>>(
            ArgmaxKernel.Merge);
        _vectorArgmax = new(() => accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<int>, int, int>(VectorArgmaxKernel.Run));
        _topK = new TopKLaunchers(accelerator, groupSize);
    }

    public override bool KeepsGateUp => !_linear.FusesSwiGlu;

    public override long WorkspaceBytes => _linear.WorkspaceBytes;

    // On a GPU of many lanes an item for each strand: a row is done when its slowest item is.
    private int NormGroupSize => _groupSize >= 128 ? RmsNormKernel.Strands : _groupSize;

    private SpecializedValue<int> GroupSize => SpecializedValue.New(_groupSize);

    public override AttentionTiling Tiling => _attention.Tiling;

    public override bool HasPackedQueries { get; }

    public override void Arrange(PackedMatrix matrix)
    {
        if (Form != KernelForm.Vector)
            return;
        long octets = PackedLayout.OctetCount(matrix.Columns, matrix.Octets) / PackedLayout.ColumnsPerTile;
        (matrix.IsQuantized ? _quantizedWordInterleave : _wordInterleave).Value(checked((int)octets), matrix.Packets.Cast<uint>());
    }

    public override void Embed(
        ArrayView<int> tokenIds, ArrayView<Packet> embedding, ArrayView<Packet> residual, int tokens, int hiddenOctets)
    {
        if (Form == KernelForm.Vector)
            _wordEmbedding(Groups(tokens), tokenIds, embedding.Cast<uint>(), residual.Cast<float>(), hiddenOctets, GroupSize);
        else
            _embedding(Groups(tokens), tokenIds, embedding, residual, hiddenOctets, GroupSize);
    }

    public override void RmsNorm(
        ArrayView<Packet> input, ArrayView<int> inputRows, ArrayView<Packet> weight, ArrayView<Packet> output, int rows, int hidden, float epsilon) =>
        _rmsNorm(
            new KernelConfig(new Index3D(rows, 1, 1), new Index3D(NormGroupSize, 1, 1)),
            input,
            inputRows,
            weight,
            output,
            hidden,
            epsilon,
            SpecializedValue.New(NormGroupSize));

    public override void Linear(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride) =>
        _linear.Assign(input, weight, output, rows, outputStride);

    public override void LinearAccumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride) =>
        _linear.Accumulate(input, weight, output, rows, outputStride);

    public override void GateUp(
        ArrayView<Packet> input, PackedMatrix weight, ArrayView<Packet> gateUp, ArrayView<Packet> product, int rows, int octets)
    {
        if (_linear.TrySwiGlu(input, weight, product, rows, octets))
            return;
        _linear.Assign(input, weight, gateUp.Cast<float>(), rows, 2 * octets * Octet.Length);
        SwiGlu(gateUp, product, rows, octets);
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
        int heads = layout.KeyValueHeadCount * (shape.HeadsPerKeyValueHead + 2);
        int headBlocks = (heads + RopeKernel.HeadsPerGroup - 1) / RopeKernel.HeadsPerGroup;
        _rope(Groups(tokens, headBlocks), step, projected, rotations, queries, cache, layout, shape, layer, GroupSize);
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
        int layer) => _attention.Launch(step, tiles, queries, cache, output, partials, layout, shape, layer);

    public override void SwiGlu(ArrayView<Packet> gateUp, ArrayView<Packet> product, int tokens, int octets) =>
        _swiGlu(Groups(tokens), gateUp, product, octets, GroupSize);

    public override void Argmax(
        ArrayView<float> logits, ArrayView<int> bestOfPieces, ArrayView<int> bestIds, int rows, int vocabulary, int stride)
    {
        int pieces = ArgmaxKernel.PiecesFor(vocabulary);
        if (Form == KernelForm.Vector)
        {
            _vectorArgmax.Value(new KernelConfig(new Index3D(rows, 1, 1), new Index3D(1, 1, 1)), logits, bestIds, vocabulary, stride);
        }
        else if (_groupSize == 1 || pieces == 1)
        {
            _argmax(Groups(rows), logits, bestIds, vocabulary, stride, vocabulary, GroupSize);
        }
        else
        {
            _argmax(Groups(rows, pieces), logits, bestOfPieces, vocabulary, stride, ArgmaxKernel.PieceLength, GroupSize);
            _argmaxMerge(Groups(rows), logits, bestOfPieces, bestIds, vocabulary, stride, pieces, GroupSize);
        }
    }

    public override void TopK(
        ArrayView<float> logits,
        ArrayView<int> rows,
        ArrayView<TokenLogit> ofPieces,
        ArrayView<TokenLogit> likeliest,
        int count,
        int vocabulary,
        int stride) =>
        _topK.Launch(new LogitRows { Logits = logits, Rows = rows, Stride = stride }, ofPieces, likeliest, count, vocabulary);

    public override void Dispose()
    {
        _attention.Dispose();
        _linear.Dispose();
    }

    private KernelConfig Groups(int x, int y = 1) => new(new Index3D(x, y, 1), new Index3D(_groupSize, 1, 1));
}
