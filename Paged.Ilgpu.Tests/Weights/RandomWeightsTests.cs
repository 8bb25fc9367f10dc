using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

public class RandomWeightsTests
{
    private static readonly LlamaConfig Config = TinyModel.Config with { HiddenSize = 1001, VocabularySize = 500 };

    [Test]
    public void a_row_depends_on_seed_name_and_row_alone()
    {
        WeightTensor tensor = Tensor(7, WeightNames.Embedding, 500);
        float[] row = Row(tensor, 3);
        Assert.Multiple(() =>
        {
            Assert.That(Row(Tensor(7, WeightNames.Embedding, 500), 3), Is.EqualTo(row));
            Assert.That(Row(tensor, 4), Is.Not.EqualTo(row));
            Assert.That(Row(Tensor(8, WeightNames.Embedding, 500), 3), Is.Not.EqualTo(row));
            Assert.That(Row(Tensor(7, WeightNames.Output, 500), 3), Is.Not.EqualTo(row));
        });
    }

    // Pins the values, so that an answer of a dummy model is the same on every machine, whatever the width of its vectors.
    [Test]
    public void values_are_pinned() =>
        Assert.That(string.Join(' ', Row(Tensor(7, WeightNames.Embedding, 500), 3)[^4..].Select(value => value * 4096)), Is.EqualTo("11 -87 3 -14"));

    [Test]
    public void values_are_spread_like_a_bell_and_independent()
    {
        double[] values = [.. Tensor(7, WeightNames.Embedding, 500).ReadAll().Select(value => (double)value)];
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Average(value => value * value));
        double withinOne = values.Count(value => Math.Abs(value) < deviation) / (double)values.Length;
        double neighbours = values.Zip(values.Skip(1), (one, next) => one * next).Average() / (deviation * deviation);
        double rows = values.Zip(values.Skip(1001), (one, below) => one * below).Average() / (deviation * deviation);
        Assert.Multiple(() =>
        {
            Assert.That(mean, Is.Zero.Within(1e-4));
            Assert.That(deviation, Is.EqualTo(0.018).Within(1e-4));
            Assert.That(withinOne, Is.EqualTo(0.68).Within(0.02));
            Assert.That(neighbours, Is.Zero.Within(0.01)); // 5e5 samples: a standard error of 0.0014
            Assert.That(rows, Is.Zero.Within(0.01));
        });
    }

    [TestCase(ElementType.BFloat16)]
    [TestCase(ElementType.Float16)]
    public void values_are_exact_in_sixteen_bits(ElementType type)
    {
        float[] values = Row(Tensor(7, WeightNames.Embedding, 500), 0);
        var widened = new float[values.Length];
        Widening.Widen(type, TestTensor.Narrow(type, values), widened);
        Assert.That(widened, Is.EqualTo(values));
    }

    [Test]
    public void norms_are_one_and_shapes_the_models()
    {
        using var weights = new RandomWeights(Config);
        Assert.Multiple(() =>
        {
            Assert.That(Row(weights.GetTensor(WeightNames.FinalNorm, 1, 1001), 0), Is.All.EqualTo(1));
            Assert.That(weights.Names, Is.EquivalentTo(ExpectedTensors.Of(Config).Select(tensor => tensor.Name)));
        });
        Refusal.Of(() => weights.GetTensor(WeightNames.FinalNorm, 1, 1000), "final_norm", "[1, 1001]", "[1, 1000]");
        Refusal.Of(() => weights.GetTensor("absent", 1, 1000), "absent");
    }

    private static WeightTensor Tensor(ulong seed, string name, int rows) => new RandomWeights(Config, seed).GetTensor(name, rows, 1001);

    private static float[] Row(WeightTensor tensor, int row)
    {
        var values = new float[tensor.ColumnCount];
        tensor.ReadRow(row, values);
        return values;
    }
}
