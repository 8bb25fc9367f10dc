using System.CommandLine;
using System.Diagnostics;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Cli.Verbs;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Tests.Cli.Running;

/// <summary>Faults of devices, simulated: one sentence and exit code 1.</summary>
internal sealed class DeviceFaultTests
{
    [Test]
    public void a_kernel_that_cannot_be_built_is_one_sentence_and_its_log_is_shown_on_request()
    {
        (int quietExit, string quiet) = Run(BuildFailure);
        Assert.That(quietExit, Is.EqualTo(CommandLine.Failure));
        Assert.That(quiet, Does.Contain("could not build a kernel").And.Contain("--verbose").And.Not.Contain("undeclared identifier"));
        Assert.That(quiet.TrimEnd().Split('\n'), Has.Length.EqualTo(1));

        (int exit, string verbose) = Run(BuildFailure, "--verbose");
        Assert.That(exit, Is.EqualTo(CommandLine.Failure));
        Assert.That(verbose, Does.Contain("could not build a kernel").And.Contain("undeclared identifier"));
    }

    [TestCase(CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE)]
    [TestCase(CLError.CL_OUT_OF_RESOURCES)]
    [TestCase(CLError.CL_OUT_OF_HOST_MEMORY)]
    public void too_little_memory_names_the_options_that_need_less(CLError error)
    {
        (int exit, string text) = Run(() => throw new CLException(error));
        Assert.That(exit, Is.EqualTo(CommandLine.Failure));
        Assert.That(text, Does.Contain("too little memory").And.Contain("--kv-cache-memory").And.Contain("--dtype"));
    }

    [Test]
    public void any_other_fault_names_itself() => Assert.That(
        Run(() => throw new CLException(CLError.CL_DEVICE_NOT_AVAILABLE)).Error, Does.Contain("CL_DEVICE_NOT_AVAILABLE").And.Contain("--device"));

    [TestCase("CUDA_ERROR_OUT_OF_MEMORY", "too little memory")]
    [TestCase("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "could not load a kernel (CUDA_ERROR_UNSUPPORTED_PTX_VERSION)")]
    [TestCase("CUDA_ERROR_NO_BINARY_FOR_GPU", "expected is a newer driver")]
    [TestCase("CUDA_ERROR_ILLEGAL_ADDRESS", "The device failed: CUDA_ERROR_ILLEGAL_ADDRESS")]
    public void faults_of_cuda_are_sentences_too(string error, string expected) => // where there is no driver no such exception can be made
        Assert.That(DeviceFault.SentenceFor(error), Does.Contain(expected).And.Contain("--").And.EndWith("."));

    [Test]
    public void a_card_without_the_tensor_cores_wanted_is_told_of() => Assert.Multiple(() =>
    {
        Assert.That(DeviceNote.OfKernels("cuda:0", CudaArchitecture.SM_75, KernelForm.Portable), Does.Contain("sm_75").And.Contain("sm_80"));
        Assert.That(DeviceNote.OfKernels("cuda:0", CudaArchitecture.SM_80, KernelForm.Portable), Is.Null, "float32");
        Assert.That(DeviceNote.OfKernels("cpu:0", null, KernelForm.Portable), Is.Null);
    });

    private static int BuildFailure()
    {
        Trace.WriteLine("Kernel loading failed:");
        Trace.WriteLine("line 7: undeclared identifier");
        throw new CLException(CLError.CL_BUILD_PROGRAM_FAILURE);
    }

    private static (int ExitCode, string Error) Run(Func<int> act, params string[] arguments)
    {
        var command = new RootCommand { VerbAction.Verbose };
        command.SetVerb(_ => act());
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = command.Parse(arguments).Invoke(new InvocationConfiguration { Error = error });
        return (exitCode, error.ToString());
    }
}
