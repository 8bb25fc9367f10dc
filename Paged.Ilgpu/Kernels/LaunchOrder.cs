using System.Reflection;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// How a kernel overlaps with those launched before and after it (CUDA Programming Guide, "Programmatic Dependent Launch and Synchronization"). On
/// sm_90 and newer a kernel that calls <see cref="AwaitPrevious"/> begins before the one in front of it has ended, and reads weights meanwhile; anywhere
/// else one kernel runs after the other and the calls are nothing.
/// </summary>
public static class LaunchOrder
{
    /// <summary>The instruction of <see cref="AwaitPrevious"/>, by which a launch knows that a kernel may begin early.</summary>
    internal const string AwaitInstruction = "griddepcontrol.wait;";

    private const string LetBeginInstruction = "griddepcontrol.launch_dependents;";

    /// <summary>Once all groups have said so, the next kernel's may take what is free of the device. Changes nothing of what it sees.</summary>
    [IntrinsicImplementation]
    public static void LetNextBegin()
    {
    }

    /// <summary>
    /// Waits until all kernels before have ended, and sees what they wrote. All items call it, before they read what a kernel wrote or write to
    /// device memory at all.
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
        MethodInfo method = instruction.Method;
        manager.RegisterMethod(method, new PTXIntrinsic(generate.Method, IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(method, new CLIntrinsic(((CLIntrinsic.Handler)GenerateNothing).Method, IntrinsicImplementationMode.GenerateCode));
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
