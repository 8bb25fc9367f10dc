using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>The kernel's reference against the model's, which knows no partitions.</summary>
public sealed class AttentionReferenceTests
{
    [Test]
    public void Within_a_partition_it_is_the_model_s_reference([Values] ElementType type) =>
        Check(type, position: AttentionKernel.PartitionSize - 1, tolerance: 1e-6);

    [Test]
    public void In_float32_partitions_do_not_show() => Check(ElementType.Float32, position: 300, tolerance: 1e-6);

    [Test]
    public void In_sixteen_bits_they_show_by_no_more_than_rounding() => Check(ElementType.BFloat16, position: 300, tolerance: 0.01);

    private static void Check(ElementType type, int position, double tolerance)
    {
        var heads = new AttentionHeads(KeyValueHeadCount: 2, HeadsPerKeyValueHead: 3, HeadDim: 10, type);
        var text = new AttentionText(heads, position + 1, seed: 1);
        float[] expected = ReferenceMath.Attention(
            text.Queries[position], text.Keys[..(position + 1)], text.Values[..(position + 1)], heads.HeadDim, type);
        double[] actual = [.. Enumerable.Range(0, heads.HeadCount).SelectMany(head =>
            AttentionReference.Attend(text, heads, position, head).Select(element => element.Value))];
        Assert.That(actual, Is.EqualTo(expected).Within(tolerance));
    }
}
