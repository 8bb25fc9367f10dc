using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Tests.Sampling;

internal sealed class PartialSelectionTests
{
    private const int Seed = 13;

    [Test]
    public void what_is_selected_is_what_sorting_finds_however_many_values_are_equal()
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (int round = 0; round < 20_000; round++)
        {
            int distinct = random.Next(1, 40); // often far fewer than there are values
            float[] values = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => (float)random.Next(1, distinct + 1))];
            float[] sorted = [.. values.OrderDescending()];

            int count = random.Next(1, values.Length + 1);
            float least = sorted[count - 1];
            Assert.That(
                PartialSelection.LeastOf([.. values], count),
                Is.EqualTo((least, sorted.Take(count).Count(value => value == least))),
                $"the least of {count} of {string.Join(' ', values)}");

            double sum = random.Next(1, (int)values.Sum() + 1); // whole numbers, so that no sum is rounded
            double passed = 0;
            int needed = sorted.TakeWhile(value => (passed += value) < sum).Count() + 1;
            least = sorted[needed - 1];
            Assert.That(
                PartialSelection.LeastReaching([.. values.Select(value => (double)value)], sum),
                Is.EqualTo(((double)least, sorted.Take(needed).Count(value => value == least))),
                $"a sum of {sum} of {string.Join(' ', values)}");
        }
    }

    [Test]
    public void a_sum_beyond_all_values_by_rounding_takes_all_of_them() =>
        Assert.That(PartialSelection.LeastReaching([0.5, 0.1, 0.1], Math.BitIncrement(0.7)).Least, Is.EqualTo(0.1));

    [TestCase("rising")]
    [TestCase("falling")]
    [TestCase("equal")]
    [TestCase("a saw")]
    public void no_order_of_many_values_takes_long(string order)
    {
        const int Count = 1 << 18;
        const int MostLooks = 10; // at each value; what grows faster than their number would be at thousands
        float[] values = [.. Enumerable.Range(1, Count).Select(i => order switch
        {
            "rising" => i,
            "falling" => Count - i,
            "equal" => 1f,
            _ => i % 1000,
        })];
        double[] weights = [.. values.Select(value => (double)value)];
        float[] sorted = [.. values.OrderDescending()];
        Assert.That(PartialSelection.LeastOf(values, Count / 3 + 1, out long looks).Least, Is.EqualTo(sorted[Count / 3]));
        Assert.That(looks, Is.LessThan(MostLooks * (long)Count));

        double sum = sorted.Take(Count / 3 + 1).Sum(value => (double)value); // of whole numbers, exact in any order
        Assert.That(PartialSelection.LeastReaching(weights, sum, out looks).Least, Is.EqualTo(sorted[Count / 3]));
        Assert.That(looks, Is.LessThan(MostLooks * (long)Count));
    }
}
