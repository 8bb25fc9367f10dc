namespace Paged.Ilgpu.Weights;

/// <summary>A name of Python's that a pickle may mention; see <see cref="TorchNames"/>.</summary>
/// <param name="Name">Module and name, such as torch.FloatStorage.</param>
internal sealed record PickledName(string Name);

/// <summary>The raw elements that a tensor is a view of.</summary>
/// <param name="TypeName">The storage class, such as torch.FloatStorage.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Key">Name of the zip entry, below data/.</param>
/// <param name="ElementCount">Number of elements.</param>
internal sealed record PickledStorage(string TypeName, ElementType Type, string Key, long ElementCount);

/// <summary>A tensor as the pickle describes it; nothing of it is checked yet.</summary>
/// <param name="Storage">Where the elements are.</param>
/// <param name="Offset">The first element, counted in the storage.</param>
/// <param name="Shape">Extents, outermost first.</param>
/// <param name="Strides">Steps in elements, one for each axis.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides);
