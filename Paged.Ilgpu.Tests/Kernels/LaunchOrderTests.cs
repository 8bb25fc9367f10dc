using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU.Runtime.Cuda;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

public sealed partial class LaunchOrderTests
{
    // What a step of a model in bfloat16 launches on sm_90, one of each kind.
    private static readonly string[] StepKernels =
    [
        "RmsNormKernel<BFloat16,BFloat16>(256)",
        "RopeKernel<BFloat16,BFloat16>(128)",
        "FewRowsLinearKernel<BFloat16MatrixUnit,8 rows,AddSums>",
        "SomeRowsLinearKernel<BFloat16MatrixUnit,16 rows,SwiGluSums>",
        "ManyRowsLinearKernel<BFloat16MatrixUnit,WholeTiles,AddSums>",
        "SomeRowsWarpgroupKernel<BFloat16MatrixUnit,64 rows,SwiGluSums>",
        "PieceWarpgroupKernel<BFloat16MatrixUnit,64 rows,AddSums>",
        "WarpgroupLinearKernel<BFloat16MatrixUnit,WideTile,WholeTiles,256 rows,AssignSums>",
        "WarpgroupLinearKernel<BFloat16MatrixUnit,NarrowTile,WholeTiles,64 rows,AssignSums>",
        "WarpgroupLinearKernel<BFloat16MatrixUnit,WideTile,PieceOfTile,256 rows,AddSums>",
        "WarpgroupLinearKernel<BFloat16MatrixUnit,PairedTile,WholeTiles,32 rows,AddSums>",
        "WarpgroupLinearKernel<BFloat16MatrixUnit,SplitTile,WholeTiles,64 rows,AddSums>",
        "SplitAttentionKernel<BFloat16MatrixUnit,BFloat16,128 elements>",
        "LongAttentionKernel<BFloat16MatrixUnit,BFloat16,128 elements>",
        "ArgmaxKernel",
        "ArgmaxKernel.Merge",
    ];

    [TestCaseSource(nameof(StepKernels))]
    public void Kernels_of_a_step_come_early_on_hopper_and_write_nothing_before_the_one_in_front_has_ended(string name)
    {
        string ptx = Compile(CudaArchitecture.SM_90, name);
        int awaits = ptx.IndexOf(LaunchOrder.AwaitInstruction, StringComparison.Ordinal);
        Assert.That(awaits, Is.Positive, "the kernel does not wait, so it is launched after the one in front has ended");
        Assert.That(GlobalWrite().Matches(ptx[..awaits]), Is.Empty);
    }

    [Test]
    public void The_first_kernel_of_a_step_begins_behind_the_copy_of_what_the_others_read_early() =>
        Assert.That(Compile(CudaArchitecture.SM_90, "EmbeddingKernel<BFloat16,MatrixOrder>(128)"), Does.Not.Contain("griddepcontrol"));

    [TestCase("RmsNormKernel<BFloat16,BFloat16>(256)")]
    [TestCase("FewRowsLinearKernel<BFloat16MatrixUnit,8 rows,AddSums>")]
    public void Older_devices_run_the_same_kernel_without_the_instructions(string name)
    {
        string older = Compile(CudaArchitecture.SM_80, name), derived = PtxCompilation.ForOlderDevices(Compile(CudaArchitecture.SM_90, name));
        Assert.That(WithoutNumbers(older), Is.EqualTo(WithoutNumbers(derived)));
    }

    [Test]
    public void Launchers_end_in_a_method_of_the_form_that_replaces_it()
    {
        FieldInfo? replaced = typeof(CudaAccelerator).GetField("LaunchKernelMethod", BindingFlags.NonPublic | BindingFlags.Static);
        Assert.That(replaced?.FieldType, Is.EqualTo(typeof(MethodInfo)));
        MethodInfo original = typeof(CudaAPI).GetMethod(nameof(CudaAPI.LaunchKernelWithStruct))!;
        MethodInfo replacement = typeof(DependentLaunches).GetMethod(nameof(DependentLaunches.Launch))!;
        Assert.That(replacement.ReturnType, Is.EqualTo(original.ReturnType));
        Assert.That(TypesOf(replacement), Is.EqualTo((string[])["CudaAPI", .. TypesOf(original)]));

        static IEnumerable<string> TypesOf(MethodInfo method) => method.MakeGenericMethod(typeof(int)).GetParameters().Select(parameter => parameter.ParameterType.Name);
    }

    // ILGPU numbers names and labels on, from one compilation to the next.
    private static string WithoutNumbers(string ptx) => Number().Replace(ptx, "_");

    [GeneratedRegex(@"_\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    [GeneratedRegex(@"\s(st|atom|red)\.global", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex GlobalWrite();

    private static string Compile(CudaArchitecture architecture, string name)
    {
        ShippedKernel kernel = ShippedKernels.ByDefault.Single(kernel => kernel.Name == name);
        using var compilation = new PtxCompilation(architecture, builder => DeviceSelector.Configure(builder));
        return compilation.Compile(kernel.Method, kernel.LaunchBounds, kernel.SpecializedValues);
    }
}
