using System.Reflection;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>A kernel with its type parameters closed, and the values that a launch on a CUDA device specialises it with.</summary>
internal sealed record ShippedKernel(string Name, MethodInfo Method, object[] SpecializedValues)
{
    /// <summary>Elements that a work item of a linear layer reads one by one: what it adds to, and a bias.</summary>
    public int SingleElements { get; init; }

    public override string ToString() => Name;
}

/// <summary>Every specialization of every kernel that a CUDA device may be given.</summary>
internal static class ShippedKernels
{
    /// <summary>What <see cref="KernelSet.GroupSizeFor"/> says of CUDA devices.</summary>
    public const int GroupSize = 128;

    private static readonly Type[] Elements = [typeof(Float32), typeof(BFloat16), typeof(Float16)];

    private static readonly Type[] Tiles =
    [
        typeof(OneRow), typeof(Pair<OneRow>), typeof(Pair<Pair<OneRow>>), typeof(Pair<Pair<Pair<OneRow>>>),
        typeof(Pair<Pair<Pair<Pair<OneRow>>>>),
    ];

    public static IEnumerable<ShippedKernel> Small =>
    [
        .. from element in Elements
           from kernel in (Type[])[typeof(EmbeddingKernel), typeof(RmsNormKernel), typeof(RopeKernel), typeof(SwiGluKernel)]
           select Close(kernel, [element], GroupSize),
        new ShippedKernel(nameof(ArgmaxKernel), typeof(ArgmaxKernel).GetMethod(nameof(ArgmaxKernel.Run))!, [GroupSize]),
    ];

    public static IEnumerable<ShippedKernel> Linear =>
        from weight in Elements
        from tile in Tiles
        from write in (Type[])[typeof(Assign), typeof(Accumulate), typeof(AssignBiased), typeof(AccumulateBiased)]
        select Close(typeof(LinearKernel), [weight, tile, write], GroupSize) with
        {
            SingleElements = (write == typeof(Accumulate) || write == typeof(AccumulateBiased) ? Height(tile) : 0)
                + (write == typeof(AssignBiased) || write == typeof(AccumulateBiased) ? 1 : 0),
        };

    /// <summary>All pairs of types at heads of 64 and 128, and one type at the other sizes that models have.</summary>
    public static IEnumerable<ShippedKernel> Attention =>
    [
        .. from keyValue in Elements
           from weight in Elements
           from tile in Tiles
           from headDim in (int[])[64, 80, 96, 128, 256]
           where headDim is 64 or 128 || (weight == typeof(BFloat16) && keyValue == typeof(BFloat16))
           select Close(typeof(AttentionKernel), [keyValue, weight, tile], headDim / Octet.Length, GroupSize),
    ];

    private static int Height(Type tile) => 1 << Array.IndexOf(Tiles, tile);

    private static ShippedKernel Close(Type kernel, Type[] typeArguments, params object[] values)
    {
        MethodInfo method = kernel.GetMethod(nameof(LinearKernel.Run))!.MakeGenericMethod(typeArguments);
        string arguments = string.Join(',', typeArguments.Select(type => Tiles.Contains(type) ? $"{Height(type)} rows" : type.Name));
        return new ShippedKernel($"{kernel.Name}<{arguments}>({string.Join(',', values)})", method, values);
    }
}
