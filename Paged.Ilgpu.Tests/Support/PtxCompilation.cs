using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// Compiles kernels for NVIDIA devices on a machine that has none: ILGPU's PTX backend needs only a context. What comes out is the text
/// that a driver, or ptxas, assembles.
/// </summary>
internal sealed class PtxCompilation : IDisposable
{
    private readonly Context _context;
    private readonly PTXBackend _backend;

    /// <summary>Opens the backend for one device generation.</summary>
    /// <param name="architecture">The generation, such as <see cref="CudaArchitecture.SM_80"/>.</param>
    /// <param name="configure">The settings of the program's own context, so that both compile alike.</param>
    public PtxCompilation(CudaArchitecture architecture, Action<Context.Builder> configure)
    {
        _context = Context.Create(configure);
        _backend = new PTXBackend(_context, architecture, CudaInstructionSet.ISA_80, null!);
        DependentLaunches.NameArchitecture(_backend.Capabilities, architecture);
    }

    /// <summary>The PTX of a kernel with explicit grouping, as a launch with those specialised values would compile it.</summary>
    /// <param name="kernel">A static method whose type parameters are closed.</param>
    /// <param name="specializedValues">One for each <see cref="SpecializedValue{T}"/> parameter, in order: the bare values.</param>
    public string Compile(MethodInfo kernel, params object[] specializedValues) => Compile(kernel, default, specializedValues);

    /// <summary>The same with launch bounds.</summary>
    /// <param name="kernel">A static method whose type parameters are closed.</param>
    /// <param name="launchBounds">The most threads of a group, and groups of a multiprocessor.</param>
    /// <param name="specializedValues">One for each <see cref="SpecializedValue{T}"/> parameter, in order: the bare values.</param>
    public string Compile(MethodInfo kernel, KernelSpecialization launchBounds, params object[] specializedValues)
    {
        EntryPointDescription entryPoint = EntryPointDescription.FromExplicitlyGroupedKernel(kernel);
        Method precompiled = _backend.PreCompileKernelMethod(entryPoint);
        using IRContext kernelContext = precompiled.ExtractToContext(out Method method);
        Method specialized = Specialize(kernelContext, method, kernel.GetParameters(), specializedValues);
        return ((PTXCompiledKernel)_backend.Compile(specialized, entryPoint, launchBounds)).PTXAssembly;
    }

    /// <summary>What a kernel of sm_90 is on sm_80, where it is compiled without instructions for its launch.</summary>
    public static string ForOlderDevices(string ptx) => string.Join(
        '\n', ptx.Replace(".target sm_90", ".target sm_80", StringComparison.Ordinal).Split('\n').Where(line => !line.StartsWith("\tgriddepcontrol.", StringComparison.Ordinal)));

    public void Dispose()
    {
        _backend.Dispose();
        _context.Dispose();
    }

    // ILGPU does this at a launch (SpecializationCache), where it needs an accelerator: the kernel is inlined into a wrapper with the same
    // parameters that passes constants in place of the specialised ones.
    private static Method Specialize(IRContext context, Method kernel, ParameterInfo[] parameters, object[] values)
    {
        Queue<object> remaining = new(values);
        Method wrapper = context.Declare(new MethodDeclaration(MethodHandle.Create("Specialized"), context.VoidType), out _);
        kernel.AddFlags(MethodFlags.Inline);
        using (Method.Builder builder = wrapper.CreateBuilder())
        {
            var block = builder.EntryBlockBuilder;
            var call = block.CreateCall(wrapper.Location, kernel);
            for (int i = 0; i < parameters.Length; i++)
            {
                ILGPU.IR.Values.Parameter parameter = builder.AddParameter(kernel.Parameters[i].Type, kernel.Parameters[i].Name);
                if (!IsSpecialized(parameters[i].ParameterType))
                    call.Add(parameter);
                else if (remaining.TryDequeue(out object? value))
                    call.Add(block.CreateObjectValue(wrapper.Location, value));
                else
                    throw new ArgumentException($"the kernel's parameter {parameters[i].Name} wants a value and there is none", nameof(values));
            }

            call.Seal();
            block.CreateReturn(wrapper.Location);
            builder.Complete();
        }

        if (remaining.Count > 0)
            throw new ArgumentException($"the kernel has {remaining.Count} specialised parameters fewer than there are values", nameof(values));
        context.Optimize();
        return wrapper;
    }

    private static bool IsSpecialized(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(SpecializedValue<>);
}
