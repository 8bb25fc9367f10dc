using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

/// <summary>Linear layers on the matrix unit against double, and against each other.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfWarps))]
public sealed class MatrixLinearTests(TestBackend backend) : KernelFixture(backend)
{
    private const float Untouched = -12345;

    // Every kernel takes every number of rows; these give it to one of them.
    private static readonly LinearTuning NoWarpgroups = new()
    {
        FewRows = 0,
        FewRowsOfSmallMatrices = 0,
        FewestRowsOfWarpgroups = int.MaxValue,
        FewestRowsOfPieces = int.MaxValue,
        FewestRowsOfNarrowTiles = int.MaxValue,
        MostRowsOfSplitTiles = 0,
    };

    private static readonly LinearTuning Some = NoWarpgroups;
    private static readonly LinearTuning SomeSplit = Some with { EnoughTiles = 4 };
    private static readonly LinearTuning Many = NoWarpgroups with { SomeRows = 0 };
    private static readonly LinearTuning ManySplit = Many with { EnoughTiles = 2 };
    private static readonly LinearTuning SomeWarpgroups = NoWarpgroups with
    {
        FewestRowsOfWarpgroups = 0,
        FewestRowsOfPieces = 0,
        SomeRowsOfWarpgroups = int.MaxValue,
        LeastUseOfSomeWarpgroups = 0,
        EnoughTiles = 0,
    };

    private static readonly LinearTuning Warpgroups = SomeWarpgroups with { SomeRowsOfWarpgroups = 0, FewestTilesOfWarpgroups = 0 };
    private static readonly LinearTuning WarpgroupTilePieces = Warpgroups with { EnoughTiles = 8 };
    private static readonly LinearTuning NarrowTiles = Warpgroups with
    {
        FewestRowsOfNarrowTiles = 0,
        MostStepsOfShortSums = int.MaxValue,
        LeastShareOfNarrowTiles = 0,
        MostShareOfNarrowTiles = double.PositiveInfinity,
        MostShareOfPairedTiles = 0,
    };

    private static readonly LinearTuning PairedTiles = NarrowTiles with { MostShareOfPairedTiles = double.PositiveInfinity };

    // Sums of whole pairs of steps in four equal pieces; of other ones pieces of their own.
    private static readonly LinearTuning SplitTiles = SomeWarpgroups with { EnoughTiles = 8, FewestRowsOfSplitTiles = 0, MostRowsOfSplitTiles = int.MaxValue, MostShareOfSplitTiles = double.PositiveInfinity };

    private static readonly LinearTuning WarpgroupPieces = SomeWarpgroups with { EnoughTiles = 4 };

    [TestCase(1, 1, 1)]
    [TestCase(2, 8, 32)]
    [TestCase(3, 9, 40)]
    [TestCase(8, 16, 33)]
    [TestCase(9, 17, 8)]
    [TestCase(16, 24, 64)]
    [TestCase(17, 33, 56)]
    [TestCase(32, 16, 100)]
    [TestCase(33, 16, 31)]
    [TestCase(65, 20, 32)]
    [TestCase(2, 130, 40)]
    [TestCase(33, 130, 9)]
    [TestCase(1, 5, 1017, Description = "a sum of four pieces")]
    [TestCase(100, 130, 128, Description = "whole pairs of steps")]
    [TestCase(40, 5, 1056, Description = "a sum of four pieces, many rows")]
    [TestCase(40, 5, 1216, Description = "four pieces of whole pairs of steps, the last one shorter")]
    public void Any_shape(int rows, int columns, int inputs)
    {
        foreach (bool isQuantized in (bool[])[false, true])
            CheckShape(rows, columns, inputs, isQuantized);
    }

    private void CheckShape(int rows, int columns, int inputs, bool isQuantized)
    {
        var problem = new LinearProblem(rows % 2 == 0 ? ElementType.BFloat16 : ElementType.Float16, columns, inputs, rows, isQuantized);
        float[] before = RandomLlama.Uniform(new Random(2), rows * problem.Stride);

        // Other shapes than whole pairs of steps are refused by all kernels of warpgroups alike.
        LinearTuning[] tunings = [LinearTuning.Default, Some, Many, Warpgroups, .. inputs % 64 == 0 ? (LinearTuning[])[NarrowTiles, PairedTiles, SplitTiles, SomeWarpgroups] : []];
        foreach (LinearTuning tuning in tunings)
            problem.Check(problem.Run(Device, KernelSet(tuning), [.. Enumerable.Range(0, rows)], before, accumulate: false), before, accumulate: false);
        if (rows is 3 or 33)
            problem.Check(problem.Run(Device, KernelSet(), [.. Enumerable.Range(0, rows)], before, accumulate: true), before, accumulate: true);
    }

    [Test]
    public void A_row_is_the_same_bits_in_every_form_and_at_every_place([Values] bool isQuantized)
    {
        const int MostRows = 130, Columns = 20, Inputs = 1216; // pieces of 10, 10, 10 and 8 steps: whole pairs, which warpgroups take
        var random = new Random(3);
        var problem = new LinearProblem(ElementType.BFloat16, Columns, Inputs, MostRows, isQuantized);
        float[] zeros = new float[MostRows * problem.Stride];
        var expected = new float[]?[MostRows];
        (int Count, LinearTuning Tuning)[] runs =
        [
            (1, LinearTuning.Default), (8, LinearTuning.Default), (13, LinearTuning.Default), (5, Some), (5, SomeSplit), (13, Some), (32, SomeSplit), (65, Some),
            (33, Many), (7, ManySplit), (MostRows, Many),
            (100, NarrowTiles), (MostRows, NarrowTiles), (MostRows, PairedTiles),
            (7, Warpgroups), (MostRows, Warpgroups), (7, WarpgroupTilePieces), (MostRows, WarpgroupTilePieces), (7, SomeWarpgroups), (MostRows, SomeWarpgroups), (7, WarpgroupPieces), (50, WarpgroupPieces), (100, WarpgroupPieces), (MostRows, WarpgroupPieces),
        ];
        foreach ((int count, LinearTuning tuning) in runs)
        {
            int[] rows = [.. Enumerable.Range(0, MostRows)];
            random.Shuffle(rows);
            if (count <= 8)
                rows[0] = 7;
            float[][] result = [.. problem.Run(Device, KernelSet(tuning), rows[..count], zeros, accumulate: false).Chunk(problem.Stride)];
            for (int place = 0; place < count; place++)
            {
                if (expected[rows[place]] is { } earlier)
                    Closeness.CheckSameBits(result[place], earlier, $"row {rows[place]} at place {place} of {count}, {tuning}");
                expected[rows[place]] = result[place];
            }
        }
    }

    [TestCase(300, 256, 260, Description = "two by three tiles of 256 x 128, the third of the columns beside none; the sums are whole")]
    [TestCase(100, 512, 260, Description = "five narrow tiles, three groups beside the last of them with no columns")]
    [TestCase(50, 512, 260, Description = "the same, and of pairs of tiles the rows of the second not all there")]
    [TestCase(20, 512, 260, Description = "none of the second one's there")]
    [TestCase(100, 1024, 100, Description = "split tiles, two by two: as many as can meet in the memory of a device of one multiprocessor")]
    [TestCase(40, 4096, 20, Description = "a sum that goes round the ring of slots several times")]
    public void Tiles_of_several_rows_and_columns_have_the_bits_of_small_ones(int rows, int inputs, int columns)
    {
        var problem = new LinearProblem(ElementType.BFloat16, columns, inputs, rows, isQuantized: false);
        float[] before = RandomLlama.Uniform(new Random(2), rows * problem.Stride);
        int[] places = [.. Enumerable.Range(0, rows)];
        float[] expected = problem.Run(Device, KernelSet(Many), places, before, accumulate: true);
        foreach (LinearTuning tuning in (LinearTuning[])[Warpgroups, WarpgroupTilePieces, NarrowTiles, PairedTiles, SplitTiles])
            Closeness.CheckSameBits(problem.Run(Device, KernelSet(tuning), places, before, accumulate: true), expected, $"{tuning}");
    }

    [TestCase(3, false, true)]
    [TestCase(40, false, false)]
    [TestCase(40, false, true)]
    [TestCase(40, true, true)]
    public void A_bias_joins_each_finished_sum(int rows, bool isQuantized, bool accumulate)
    {
        const int Columns = 20, Inputs = 1024; // pieces of whole pairs of steps, which warpgroups take
        var problem = new LinearProblem(ElementType.BFloat16, Columns, Inputs, rows, isQuantized);
        float[] bias = RandomLlama.Uniform(new Random(rows), Columns);
        float[] before = RandomLlama.Uniform(new Random(2), rows * problem.Stride);
        int[] places = [.. Enumerable.Range(0, rows)];
        float[] sums = problem.Run(Device, KernelSet(), places, before, accumulate: false);
        float[] biased = problem.Run(Device, KernelSet(), places, before, accumulate: false, bias);
        for (int index = 0; index < biased.Length; index++)
        {
            int column = index % problem.Stride;
            if (column >= Columns)
                continue;

            // A device may scale and add in one instruction, with one rounding in place of two; without a scale there is nothing to choose.
            double tolerance = isQuantized ? 5e-7 * (Math.Abs(sums[index]) + Math.Abs(bias[column])) : 0;
            Assert.That(biased[index], Is.EqualTo(sums[index] + bias[column]).Within(tolerance), $"row {index / problem.Stride}, column {column}");
        }

        float Expected(int index) => accumulate ? before[index] + biased[index] : biased[index];
        foreach (LinearTuning tuning in (LinearTuning[])[LinearTuning.Default, Some, ManySplit, Warpgroups, WarpgroupTilePieces, NarrowTiles, PairedTiles, SplitTiles, WarpgroupPieces])
        {
            float[] actual = problem.Run(Device, KernelSet(tuning), places, before, accumulate, bias);
            Closeness.CheckSameBits(actual, [.. actual.Select((value, index) => index % problem.Stride < Columns ? Expected(index) : value)], $"{tuning}");
        }
    }

    [Test]
    [Pairwise]
    public void Gate_and_up_end_in_their_swiglu([Values(3, 35, 130)] int rows, [Values] bool isQuantized, [Values] bool isBiased)
    {
        const ElementType Type = ElementType.BFloat16;
        const int Features = 24, Inputs = 1024; // pieces of whole pairs of steps, which warpgroups take
        var random = new Random(rows);
        float[] input = Rounding.To(Type, RandomLlama.Uniform(random, rows * Inputs));
        float[] gate = Rounding.To(Type, RandomLlama.Uniform(random, Features * Inputs));
        float[] up = Rounding.To(Type, RandomLlama.Uniform(random, Features * Inputs));
        float[] both = [.. gate.Chunk(8 * Inputs).Zip(up.Chunk(8 * Inputs), (gates, ups) => gates.Concat(ups)).SelectMany(pair => pair)];
        float[] gateBias = isBiased ? RandomLlama.Uniform(random, Features) : new float[Features];
        float[] upBias = isBiased ? RandomLlama.Uniform(random, Features) : new float[Features];
        ArrayView<Packet> inputView = Device.Upload(Packing.Encode(Type, Packing.Pad(input, Inputs)));
        PackedMatrix matrix = UploadMatrix(Device, Type, both, Inputs, isQuantized) with
        {
            Bias = isBiased
                ? UploadBias(Device, [.. gateBias.Chunk(8).Zip(upBias.Chunk(8), (gates, ups) => gates.Concat(ups)).SelectMany(pair => pair)])
                : default,
        };
        ArrayView<Packet> product = Device.Upload(new Packet[rows * Features / 8]);
        KernelSet()(Type).GateUp(inputView, matrix, default, product, rows, Features / 8);
        if (isQuantized)
        {
            gate = QuantizedMatrix.Of(gate, Inputs).Weights;
            up = QuantizedMatrix.Of(up, Inputs).Weights;
        }

        float[] actual = Packing.Decode(Type, KernelDevice.Download(product));
        for (int index = 0; index < actual.Length; index++)
        {
            int row = index / Features, feature = index % Features;
            double gateSum = Dot(gate) + gateBias[feature], upSum = Dot(up) + upBias[feature];
            Closeness.Check(actual[index], gateSum / (1 + Math.Exp(-gateSum)) * upSum, 1e-4, Type, $"row {row}, feature {feature}");

            double Dot(float[] weight) =>
                Enumerable.Range(0, Inputs).Sum(i => (double)input[row * Inputs + i] * weight[feature * Inputs + i]);
        }

        foreach (LinearTuning tuning in (LinearTuning[])[Some, Many, Warpgroups, WarpgroupTilePieces, NarrowTiles, PairedTiles, SplitTiles, SomeWarpgroups, WarpgroupPieces])
        {
            ArrayView<Packet> other = Device.Upload(new Packet[rows * Features / 8]);
            KernelSet(tuning)(Type).GateUp(inputView, matrix, default, other, rows, Features / 8);
            Closeness.CheckSameBits(Packing.Decode(Type, KernelDevice.Download(other)), actual, $"{tuning}");
        }
    }

    private Func<ElementType, KernelSet> KernelSet(LinearTuning? tuning = null) => type => Device.MatrixKernels(type, tuning ?? LinearTuning.Default);

    // What lies behind the last column is read and must not be used.
    private static ArrayView<float> UploadBias(KernelDevice device, float[] bias) => device.Upload(
        (float[])[.. bias, .. Enumerable.Repeat(float.NaN, PackedMatrix.ScalesPadding - bias.Length % PackedMatrix.ScalesPadding)]);

    private static PackedMatrix UploadMatrix(KernelDevice device, ElementType type, float[] weight, int inputs, bool isQuantized)
    {
        (int columns, int octets) = (weight.Length / inputs, Packing.PaddedWidth(inputs) / 8);
        if (!isQuantized)
            return new PackedMatrix(device.Upload(Packing.Encode(type, Packing.TileForMatrixUnit(weight, inputs))), columns, octets);
        var quantized = QuantizedMatrix.Of(weight, inputs);
        return new PackedMatrix(
            device.Upload(Packing.EncodeBytes(Packing.TileBytesForMatrixUnit(quantized.Numbers, inputs))),
            columns,
            octets,
            Scales: device.Upload(quantized.PaddedScales));
    }

    /// <summary>An input and a matrix of random elements.</summary>
    private sealed class LinearProblem(ElementType type, int columns, int inputs, int rows, bool isQuantized)
    {
        private readonly float[] _input = Rounding.To(type, RandomLlama.Uniform(new Random(inputs), rows * inputs));
        private readonly float[] _weight = Rounding.To(type, RandomLlama.Uniform(new Random(columns), columns * inputs));

        public int Stride => columns + 1;

        public float[] Run(KernelDevice device, Func<ElementType, KernelSet> kernels, int[] places, float[] before, bool accumulate, float[]? bias = null)
        {
            float[] input = [.. places.SelectMany(row => _input.AsSpan(row * inputs, inputs).ToArray())];
            ArrayView<Packet> inputView = device.Upload(Packing.Encode(type, Packing.Pad(input, inputs)));
            PackedMatrix matrix = UploadMatrix(device, type, _weight, inputs, isQuantized);
            if (bias is not null)
                matrix = matrix with { Bias = UploadBias(device, bias) };
            float[] start = accumulate ? before : [.. Enumerable.Repeat(Untouched, places.Length * Stride)];
            ArrayView<float> output = device.Upload(start[..(places.Length * Stride)]);
            if (accumulate)
                kernels(type).LinearAccumulate(inputView, matrix, output, places.Length, Stride);
            else
                kernels(type).Linear(inputView, matrix, output, places.Length, Stride);
            return KernelDevice.Download(output);
        }

        public void Check(float[] actual, float[] before, bool accumulate)
        {
            float[] weight = isQuantized ? QuantizedMatrix.Of(_weight, inputs).Weights : _weight;
            for (int index = 0; index < actual.Length; index++)
            {
                int row = index / Stride, column = index % Stride;
                if (column >= columns)
                {
                    Assert.That(actual[index], Is.EqualTo(accumulate ? before[index] : Untouched), "behind a row");
                    continue;
                }

                double expected = accumulate ? before[index] : 0;
                double scale = Math.Abs(expected);
                for (int i = 0; i < inputs; i++)
                {
                    double product = (double)_input[row * inputs + i] * weight[column * inputs + i];
                    expected += product;
                    scale += Math.Abs(product);
                }

                Closeness.Check(actual[index], expected, Closeness.Tolerance * scale, ElementType.Float32, $"row {row}, column {column}");
            }
        }
    }
}
