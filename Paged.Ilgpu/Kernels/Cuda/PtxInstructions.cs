using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Teaches ILGPU's PTX compiler the methods of <see cref="Ptx"/>, <see cref="PtxWarpgroup"/>, <see cref="PtxCluster"/> and <see cref="PtxBulkCopy"/>.</summary>
public static partial class PtxInstructions
{
    /// <summary>Makes the instructions known to all kernels of a context.</summary>
    public static Context.Builder EnablePtxInstructions(this Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        Type[] instructions = [typeof(Ptx), typeof(PtxWarpgroup), typeof(PtxCluster), typeof(PtxBulkCopy)];
        IEnumerable<MethodInfo> methods = instructions.SelectMany(type => type.GetMethods());
        foreach (MethodInfo method in methods.Where(method => method.IsDefined(typeof(PtxAttribute))))
            manager.RegisterMethod(method, new PTXIntrinsic(((PTXIntrinsic.Handler)Generate).Method, IntrinsicImplementationMode.GenerateCode));
        return builder;
    }

    private static void Generate(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        PtxAttribute attribute = call.Target.Source.GetCustomAttribute<PtxAttribute>()!;
        string text = attribute.Text;

        // Arguments first: what is not yet in a register is moved into one by an instruction of its own.
        var arguments = new string[call.Count];
        for (int index = 0; index < arguments.Length; index++)
        {
            arguments[index] = text.Contains($"#{index}", StringComparison.Ordinal) || text.Contains($"@{index}", StringComparison.Ordinal)
                ? Constant(call, index)
                : Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(call[index])));
        }

        string[] results = [];
        if (!call.Target.ReturnType.IsVoidType)
        {
            results = generator.Allocate(call) is PTXRegisterAllocator.CompoundRegister compound
                ? [.. compound.Children.Select(child => Name((PTXRegisterAllocator.HardwareRegister)child))]
                : [Name(generator.LoadHardware(call))];
        }

        string instructions = Operand().Replace(text, operand =>
        {
            int index = int.Parse(operand.ValueSpan[1..]);
            return operand.ValueSpan[0] switch
            {
                '$' => results[index],
                '@' => string.Join(", ", Enumerable.Range(0, int.Parse(arguments[index])).Select(sum => $"warpgroup_sum{sum}")),
                _ => arguments[index],
            };
        });
        generator.Builder.Append('\t').AppendLine(instructions);
        if (attribute.Repeated is { } repeated)
        {
            for (int number = 0; number < int.Parse(arguments[0]); number++)
                generator.Builder.Append('\t').AppendLine(repeated.Replace("#", number.ToString(), StringComparison.Ordinal));
        }
    }

    private static string Name(PTXRegisterAllocator.HardwareRegister register) => "%" + PTXRegisterAllocator.GetStringRepresentation(register);

    private static string Constant(MethodCall call, int index) => call[index].Resolve() is PrimitiveValue constant
        ? constant.Int32Value.ToString()
        : throw new NotSupportedException($"argument {index} of {call.Target.Source.Name} must be a constant");

    [GeneratedRegex(@"[%#$@]\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Operand();
}
