using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// A multiply-add that is rounded once. ILGPU writes product and sum as two statements, which OpenCL C does not contract, and has no name
/// for <c>fma</c>; so its OpenCL compiler is taught one here.
/// </summary>
public static class Fused
{
    /// <summary>left × right + sum, rounded once on OpenCL devices.</summary>
    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float left, float right, float sum) => left * right + sum;

    /// <summary>Makes the instruction known to all kernels of a context.</summary>
    public static Context.Builder EnableFusedMultiplyAdd(this Context.Builder builder)
    {
        builder.GetIntrinsicManager().RegisterMethod(
            ((Func<float, float, float, float>)MultiplyAdd).Method,
            new CLIntrinsic(((CLIntrinsic.Handler)Generate).Method, IntrinsicImplementationMode.GenerateCode));
        builder.GetIntrinsicManager().RegisterMethod(
            ((Func<float, float, float, float>)MultiplyAdd).Method,
            new PTXIntrinsic(((Func<float, float, float, float>)Contracted).Method, IntrinsicImplementationMode.Redirect));
        return builder;
    }

    // CUDA's compiler contracts the two by itself.
    private static float Contracted(float left, float right, float sum) => left * right + sum;

    private static void Generate(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        CLCodeGenerator.Variable[] arguments = [.. Enumerable.Range(0, call.Count).Select(index => generator.Load(call[index]))];
        CLCodeGenerator.Variable result = generator.Allocate(value);
        using CLCodeGenerator.StatementEmitter statement = generator.BeginStatement(result);
        statement.AppendCommand("fma");
        statement.BeginArguments();
        foreach (CLCodeGenerator.Variable argument in arguments)
            statement.AppendArgument(argument);
        statement.EndArguments();
    }
}
