using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>How many partitions a group takes on a device of 132 multiprocessors, with eight KV heads.</summary>
public sealed class AttentionTilingTests
{
    private const int Multiprocessors = 132;
    private const int KeyValueHeads = 8;

    [TestCase(1, 1, Description = "few sequences are spread as far as they go")]
    [TestCase(8, 1)]
    [TestCase(16, 2, Description = "one group for each place")]
    [TestCase(32, 5, Description = "whole sequences for half the places")]
    [TestCase(64, 5)]
    [TestCase(256, 5, Description = "no more than there are")]
    public void Sequences_of_five_partitions(int sequences, int expected) =>
        Assert.That(AttentionTiling.PartitionsPerGroup(5L * sequences * KeyValueHeads, 5, Multiprocessors), Is.EqualTo(expected));

    [Test]
    public void A_long_sequence_among_short_ones_is_shared() =>
        Assert.That(AttentionTiling.PartitionsPerGroup((63 * 5 + 64) * KeyValueHeads, 64, Multiprocessors), Is.EqualTo(6));

    [Test]
    public void A_step_without_sequences_has_groups_of_one() => Assert.That(AttentionTiling.PartitionsPerGroup(0, 0, Multiprocessors), Is.EqualTo(1));
}
