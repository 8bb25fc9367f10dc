using static Paged.Ilgpu.Tests.Reference.ReferenceMath;

namespace Paged.Ilgpu.Tests.Reference;

/// <summary>The reference's pieces against numbers worked out by hand.</summary>
public class ReferenceMathTests
{
    private const double Tolerance = 1e-6;

    [Test]
    public void Rms_norm_divides_by_the_root_of_the_mean_square() =>
        // mean square (9 + 16) / 2 = 12.5, plus 3.5 is 16
        Assert.That(RmsNorm([3, 4], [1, 2], epsilon: 3.5f), Is.EqualTo((float[])[0.75f, 2]).Within(Tolerance));

    [Test]
    public void Linear_multiplies_rows_of_the_weight_with_the_input() =>
        Assert.That(Linear([1, 10], [1, 2, 3, 4, 5, 6]), Is.EqualTo((float[])[21, 43, 65]));

    [Test]
    public void Rope_turns_neighbours_and_every_head_alike()
    {
        // The first pair turns by 90 degrees a position, the second by 180.
        float[] turned = Rope([1, 0, 0, 1, 0, 2, 3, 0], position: 1, [Math.PI / 2, Math.PI]);
        Assert.That(turned, Is.EqualTo((float[])[0, 1, 0, -1, -2, 0, -3, 0]).Within(Tolerance));
    }

    [Test]
    public void Rope_leaves_position_zero() => Assert.That(Rope([1, 2, 3, 4], 0, [1, 0.01]), Is.EqualTo((float[])[1, 2, 3, 4]));

    [Test]
    public void Attention_over_one_position_is_its_value() =>
        Assert.That(Attention([5, 5], [[1, 1]], [[7, 8]], headDim: 2, ElementType.Float32), Is.EqualTo((float[])[7, 8]));

    [Test]
    public void Attention_weighs_values_by_the_softmax_of_scaled_scores()
    {
        // headDim 4: scores are halved; q·k of 0 and 2·ln 3 give weights 1/4 and 3/4
        float logThree = MathF.Log(3);
        float[] output = Attention(
            [2, 0, 0, 0], [[0, 0, 0, 0], [logThree, 0, 0, 0]], [[4, 0, 8, 0], [0, 4, 8, 0]], headDim: 4, ElementType.Float32);
        Assert.That(output, Is.EqualTo((float[])[1, 3, 8, 0]).Within(1e-5));
    }

    [Test]
    public void Query_heads_share_key_and_value_heads_in_order() =>
        Assert.That(
            Attention([1, 1, 1, 1], [[1, 1]], [[7, 8]], headDim: 1, ElementType.Float32), // 4 query heads, 2 KV heads
            Is.EqualTo((float[])[7, 7, 8, 8]));

    [Test]
    public void Probabilities_are_rounded_but_their_sum_is_not()
    {
        float score = MathF.Log(0.7f); // 0.7 is 0.69921875 in bfloat16
        float[] output = Attention([1], [[0], [score]], [[0], [1]], headDim: 1, ElementType.BFloat16);
        Assert.That(output[0], Is.EqualTo(0.69921875 / 1.7).Within(Tolerance));
    }

    [Test]
    public void Swiglu_is_gate_times_its_sigmoid_times_up() =>
        Assert.That(SwiGlu([0, 2, -100], [5, 3, 1]), Is.EqualTo((float[])[0, (float)(6 / (1 + Math.Exp(-2))), 0]).Within(Tolerance));

    [Test]
    public void Of_equal_logits_the_lowest_id_wins() => Assert.That(ArgMax([1, 3, 3, 2]), Is.EqualTo(1));
}
