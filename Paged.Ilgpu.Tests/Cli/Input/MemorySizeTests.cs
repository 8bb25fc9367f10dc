using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Tests.Cli.Input;

internal sealed class MemorySizeTests
{
    [TestCase("1", 1L)]
    [TestCase("1048576", 1_048_576L)]
    [TestCase("64B", 64L)]
    [TestCase("2KiB", 2_048L)]
    [TestCase("2KB", 2_000L)]
    [TestCase("3MiB", 3L * 1024 * 1024)]
    [TestCase("3MB", 3_000_000L)]
    [TestCase("7.5GiB", 8_053_063_680L)]
    [TestCase("80GB", 80_000_000_000L)]
    [TestCase(" 1.5 gib ", 1_610_612_736L)]
    [TestCase("0.1KiB", 102L)]
    [TestCase("9223372036854775807", long.MaxValue)]
    public void sizes_are_read(string text, long bytes) => Assert.That(MemorySize.Parse(text).Bytes, Is.EqualTo(bytes));

    [TestCase("")]
    [TestCase("GiB")]
    [TestCase("-1GiB")]
    [TestCase("1e3")]
    [TestCase("1,5GiB")]
    [TestCase("5 TiB")]
    [TestCase("five")]
    [TestCase("0")]
    [TestCase("0.5")]
    [TestCase("9223372036854775808")]
    [TestCase("99999999999GiB")]
    public void what_is_no_size_is_named_beside_what_is(string text) =>
        Assert.That(() => MemorySize.Parse(text), Throws.TypeOf<PagedException>().With.Message.Contains($"\"{text}\"").And.Message.Contains("7.5GiB"));

    [TestCase(0L, "0 B")]
    [TestCase(1_023L, "1023 B")]
    [TestCase(1_024L, "1.00 KiB")]
    [TestCase(1_572_864L, "1.50 MiB")]
    [TestCase(8_053_063_680L, "7.50 GiB")]
    [TestCase(85_899_345_920L, "80.00 GiB")]
    public void sizes_are_shown_in_the_largest_unit(long bytes, string expected) =>
        Assert.That(new MemorySize(bytes).ToString(), Is.EqualTo(expected));
}
