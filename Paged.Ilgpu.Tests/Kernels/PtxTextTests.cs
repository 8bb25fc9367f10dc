namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>Each fault of a text is found, and nothing else.</summary>
internal sealed class PtxTextTests
{
    [TestCase("\tld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%rd1];\n\tst.shared.f32 [%r5], %f1;\n\tdiv.rn.f32 %f1, %f2, %f3;\n\tex2.approx.f32 %f1, %f2;")]
    [TestCase("\t.shared .align 16 .b8 shared[49152];")]
    public void What_kernels_are_made_of_is_no_fault(string ptx) => Assert.That(PtxText.FaultsOf(ptx), Is.Empty);

    [Test]
    public void The_matrix_units_exponential_and_reciprocal_are_a_fault_of_kernels_without_it([Values] bool approximates) => Assert.That(
        PtxText.FaultsOf("\tex2.approx.ftz.f32 %f1, %f2;\n\trcp.approx.ftz.f32 %f1, %f1;", approximates).Any(), Is.EqualTo(!approximates));

    [TestCase("\tcall (%r1), helper;", "inlined")]
    [TestCase("\t.local .align 4 .b8 local[16];", "register")]
    [TestCase("\tld.b32 %r1, [%rd1];", "which memory")]
    [TestCase("\tst.v4.f32 [%rd1], {%f1, %f2, %f3, %f4};", "which memory")]
    [TestCase("\tmul.ftz.f32 %f1, %f2, %f3;", "exact")]
    [TestCase("\trcp.approx.f32 %f1, %f2;", "exact")]
    [TestCase("\t.shared .align 16 .b8 a[49152];\n\t.shared .align 16 .b8 b[16];", "49168")]
    public void A_fault_is_named(string ptx, string named)
    {
        string[] faults = [.. PtxText.FaultsOf(ptx)];
        Assert.That(faults, Has.Length.EqualTo(1));
        Assert.That(faults[0], Does.Contain(named));
    }
}
