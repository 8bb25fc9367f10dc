using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>
/// One step of attention on a device. Whatever the kernel must not use is poisoned with NaNs: blocks of others, slots behind the
/// context, other layers, rows behind the last query.
/// </summary>
internal sealed class AttentionStep
{
    private const int LayerCount = 3;
    private const int Layer = 1;
    private const int StrideBehindARow = 3;
    private const float Untouched = -12288; // a value of every type

    private readonly AttentionHeads _heads;
    private readonly AttentionLayout _how;
    private readonly AttentionRun[] _runs;
    private readonly KernelSet _kernels;
    private readonly StepTables _tables;
    private readonly StepView _view;
    private readonly AttentionTiles _tiles;
    private readonly AttentionPartials _partials;
    private readonly ArrayView<Packet> _queries;
    private readonly ArrayView<Packet> _cache;
    private readonly ArrayView<Packet> _output;
    private readonly Packet[] _untouched;
    private readonly int _tokenCapacity;

    public AttentionStep(KernelDevice device, AttentionHeads heads, AttentionLayout how, params AttentionRun[] runs)
    {
        _heads = heads;
        _how = how;
        _runs = runs;
        _tables = new StepTables([.. runs.Select(run => (run.FirstPosition, run.Length))], how.BlockSize, how.PlacementSeed);
        _kernels = device.Kernels(heads.WeightType, heads.KeyValueType, how.GroupSize);
        _tokenCapacity = _tables.TokenCount + 2;
        _view = _tables.Upload(device);
        AttentionTile[] tiles = Tiles(out int partials);
        _tiles = new AttentionTiles(
            device.Upload(tiles), how.TileHeight, runs.Max(run => AttentionTiling.PartitionsFor(run.ContextLength)), how.PartitionsPerGroup);
        _partials = AttentionPartials.Of(
            count => device.Upload(new FloatPair[count]),
            count => device.Upload(new int[count]),
            partials,
            tiles.Length,
            heads.KeyValueHeadCount,
            Packing.PaddedWidth(heads.HeadDim) / Octet.Length,
            how.TileHeight);
        _queries = device.UploadRows(
            Queries(), heads.HeadDim, KernelSet.LargestTileHeight, _kernels.HasPackedQueries ? heads.KeyValueType : ElementType.Float32);
        _cache = device.Upload(Packing.Encode(heads.KeyValueType, Cache()));
        var untouched = new float[Packing.PaddedWidth(_tables.TokenCount * OutputStride)];
        Array.Fill(untouched, Untouched);
        _untouched = Packing.Encode(_kernels.InputType, untouched);
        _output = device.Upload(_untouched);
    }

    private int OutputStride => _heads.QueryWidth + StrideBehindARow;

    /// <summary>The result of every run: [run][token, head, headDim].</summary>
    public static float[][] Attend(KernelDevice device, AttentionHeads heads, AttentionLayout how, params AttentionRun[] runs) =>
        new AttentionStep(device, heads, how, runs).Attend();

    /// <summary>The result of every run: [run][token, head, headDim].</summary>
    public float[][] Attend()
    {
        var shape = new AttentionShape
        {
            HeadsPerKeyValueHead = _heads.HeadsPerKeyValueHead,
            HeadDim = _heads.HeadDim,
            TokenCapacity = _tokenCapacity,
            OutputStride = OutputStride,
            Scale = (float)(1 / Math.Sqrt(_heads.HeadDim)),
        };
        HostCopy.Upload(_output, _untouched);
        _kernels.Attention(
            _view,
            _tiles,
            _queries,
            _cache,
            _output,
            _partials,
            new KvLayout(LayerCount, _heads.KeyValueHeadCount, _heads.HeadDim, _how.BlockSize),
            shape,
            Layer);
        float[] output = Packing.Decode(_kernels.InputType, KernelDevice.Download(_output));
        for (int i = 0; i < _tables.TokenCount * OutputStride; i++)
        {
            if (output[i] == Untouched != (i % OutputStride >= _heads.QueryWidth))
                Assert.Fail($"element {i % OutputStride} of token {i / OutputStride}, which has {_heads.QueryWidth}, is {output[i]}");
        }

        return [.. Enumerable.Range(0, _runs.Length).Select(run =>
            Enumerable.Range(_tables.SequenceStarts[run], _runs[run].Length)
                .SelectMany(token => output.AsSpan(token * OutputStride, _heads.QueryWidth).ToArray())
                .ToArray())];
    }

    private AttentionTile[] Tiles(out int partials)
    {
        List<AttentionTile> tiles = [];
        partials = 0;
        for (int run = 0; run < _runs.Length; run++)
        {
            for (int row = 0; row < _runs[run].Length * _heads.HeadsPerKeyValueHead; row += _how.TileHeight)
            {
                tiles.Add(new AttentionTile(run, row, partials));
                partials += AttentionTiling.PartitionsFor(_runs[run].ContextLength);
            }
        }

        return [.. tiles];
    }

    // [kvHead, token, headInGroup, headDim]
    private float[] Queries()
    {
        int groupWidth = _heads.HeadsPerKeyValueHead * _heads.HeadDim;
        var queries = new float[_heads.KeyValueHeadCount * _tokenCapacity * groupWidth];
        Array.Fill(queries, float.NaN);
        for (int run = 0; run < _runs.Length; run++)
        {
            for (int index = 0; index < _runs[run].Length; index++)
            {
                float[] query = _runs[run].Text.Queries[_runs[run].FirstPosition + index];
                for (int head = 0; head < _heads.KeyValueHeadCount; head++)
                {
                    int token = _tables.SequenceStarts[run] + index;
                    query.AsSpan(head * groupWidth, groupWidth).CopyTo(queries.AsSpan((head * _tokenCapacity + token) * groupWidth));
                }
            }
        }

        return queries;
    }

    // [block, layer, key or value, kvHead, slot, headDim padded to octets]
    private float[] Cache()
    {
        int headDim = _heads.HeadDim;
        var cache = new float[
            _tables.BlockCount * LayerCount * 2 * _heads.KeyValueHeadCount * _how.BlockSize * Packing.PaddedWidth(headDim)];
        Array.Fill(cache, float.NaN);
        for (int run = 0; run < _runs.Length; run++)
        {
            for (int position = 0; position < _runs[run].ContextLength; position++)
            {
                for (int head = 0; head < _heads.KeyValueHeadCount; head++)
                {
                    Write(_runs[run].Text.Keys[position], isValue: false);
                    Write(_runs[run].Text.Values[position], isValue: true);

                    void Write(float[] row, bool isValue)
                    {
                        int element = _tables.Element(
                            run, position, Layer, isValue, head, LayerCount, _heads.KeyValueHeadCount, headDim);
                        cache.AsSpan(element, Packing.PaddedWidth(headDim)).Clear();
                        row.AsSpan(head * headDim, headDim).CopyTo(cache.AsSpan(element));
                    }
                }
            }
        }

        return cache;
    }
}
