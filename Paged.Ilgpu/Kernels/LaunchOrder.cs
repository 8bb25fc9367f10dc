using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// How a kernel follows the one in front of it. On sm_90 and newer a kernel that calls <see cref="AwaitPrevious"/> is on the device before that one has
/// ended, and reads weights meanwhile (CUDA Programming Guide, "Programmatic Dependent Launch and Synchronization"); anywhere else kernels run one after
/// the other, and the call is nothing.
/// <para>
/// What the host copied for a step may be read before the wait: the step's first kernel, <see cref="EmbeddingKernel"/>, does not come early, so that it begins
/// behind the copy, and each later one begins behind a beginning.
/// </para>
/// </summary>
public static class LaunchOrder
{
    /// <summary>The instruction of <see cref="AwaitPrevious"/>, by which a launch knows that a kernel may come early.</summary>
    internal const string AwaitInstruction = "griddepcontrol.wait;";

    private const string LetBeginInstruction = "griddepcontrol.launch_dependents;";

    /// <summary>
    /// Says that the next kernel may be on the device as soon as all groups of this one have said so; else it is when all have ended. For kernels that leave most of
    /// a device free, and at a group's end: where large groups said so at their beginning, the next kernel took longer than it gained (docs/performance.md, "Seventh round").
    /// </summary>
    [IntrinsicImplementation]
    public static void LetNextBegin()
    {
    }

    /// <summary>
    /// Waits until all kernels before have ended, and sees what they wrote. A kernel calls it before it reads what another one wrote, or writes to
    /// device memory at all; a group that does neither may end without.
    /// </summary>
    [IntrinsicImplementation]
    public static void AwaitPrevious()
    {
    }

    /// <summary>Makes the instructions known to all kernels of a context.</summary>
    public static Context.Builder EnableLaunchOrder(this Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        Register(manager, LetNextBegin, GenerateLetBegin);
        Register(manager, AwaitPrevious, GenerateAwait);
        return builder;
    }

    private static void Register(IntrinsicImplementationManager manager, Action instruction, PTXIntrinsic.Handler generate)
    {
        manager.RegisterMethod(instruction.Method, new PTXIntrinsic(generate.Method, IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(
            instruction.Method, new CLIntrinsic(((CLIntrinsic.Handler)GenerateNothing).Method, IntrinsicImplementationMode.GenerateCode));
    }

    private static void GenerateLetBegin(PTXBackend backend, PTXCodeGenerator generator, Value value) => Generate(backend, generator, LetBeginInstruction);

    private static void GenerateAwait(PTXBackend backend, PTXCodeGenerator generator, Value value) => Generate(backend, generator, AwaitInstruction);

    private static void Generate(PTXBackend backend, PTXCodeGenerator generator, string instruction)
    {
        if (backend.Capabilities.TargetArchitecture >= CudaArchitecture.SM_90)
            generator.Builder.Append('\t').AppendLine(instruction);
    }

    private static void GenerateNothing(CLBackend backend, CLCodeGenerator generator, Value value)
    {
    }
}
