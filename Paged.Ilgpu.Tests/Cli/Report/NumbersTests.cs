using Paged.Ilgpu.Cli.Report;

namespace Paged.Ilgpu.Tests.Cli.Report;

internal sealed class NumbersTests
{
    [TestCase(6.834, "6.83")]
    [TestCase(0.0122, "0.01")]
    [TestCase(0.000192, "0.00019")]
    [TestCase(0, "0.00")]
    [TestCase(1234.5, "1,234.50")]
    public void small_numbers_keep_two_digits(double value, string shown) => Assert.That(Numbers.Decimal(value, 2), Is.EqualTo(shown));

    [TestCase(0.2846, "28.5%")]
    [TestCase(0.0000038, "0.00038%")]
    [TestCase(0, "0%")]
    public void shares_are_percentages(double share, string shown) => Assert.That(Numbers.Percent(share), Is.EqualTo(shown));

    [TestCase(4096, "4,096")]
    [TestCase(24.53, "24.5")]
    public void counts_are_whole_and_averages_are_not(double count, string shown) => Assert.That(Numbers.Count(count), Is.EqualTo(shown));
}
