namespace Paged.Ilgpu.Weights;

/// <summary>
/// The few Python names that a checkpoint of plain tensors needs, and what stands for each. A pickle can name any function of Python and
/// call it; here nothing is called, and a name that is not in this file is refused.
/// </summary>
internal static class TorchNames
{
    private const string OrderedDict = "collections.OrderedDict";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";

    private static readonly Dictionary<string, ElementType> Storages = new()
    {
        ["torch.FloatStorage"] = ElementType.Float32,
        ["torch.BFloat16Storage"] = ElementType.BFloat16,
        ["torch.HalfStorage"] = ElementType.Float16,
    };

    /// <summary>True for a name that may stand in a checkpoint.</summary>
    public static bool IsKnown(string name) => name is OrderedDict or RebuildTensor or RebuildParameter || Storages.ContainsKey(name);

    /// <summary>What calling the name gives, or null where the arguments are not those that torch.save writes.</summary>
    public static object? Construct(PickledName name, object?[] arguments) => name.Name switch
    {
        OrderedDict when arguments is [] => new Dictionary<object, object?>(),
        RebuildTensor when arguments is [PickledStorage storage, long offset, object?[] shape, object?[] strides, ..]
            && ToLongs(shape) is { } extents && ToLongs(strides) is { } steps => new PickledTensor(storage, offset, extents, steps),
        RebuildParameter when arguments is [PickledTensor tensor, ..] => tensor,
        _ => null,
    };

    /// <summary>The storage that a persistent id describes, ("storage", class, key, device, number of elements); null for others.</summary>
    public static PickledStorage? Resolve(object? persistentId) =>
        persistentId is object?[] and ["storage", PickledName type, string key, string, long count]
        && Storages.TryGetValue(type.Name, out ElementType element)
            ? new PickledStorage(type.Name, element, key, count)
            : null;

    private static long[]? ToLongs(object?[] values) =>
        values.Length <= TensorShape.MostAxes && values.All(value => value is long) ? [.. values.Cast<long>()] : null;
}
