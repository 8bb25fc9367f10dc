namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Where a linear layer's two matrices are, for hardware that copies boxes of them (<see cref="TensorMaps"/>): addresses in device memory, or zero where
/// it does not. Passed to kernels by value.
/// </summary>
/// <param name="inputs">Of the input, in boxes of rows and steps of 32 features.</param>
/// <param name="weights">Of the weights, in boxes of a tile's columns and steps.</param>
public readonly struct StepMaps(long inputs, long weights)
{
    /// <summary>Of the input.</summary>
    public long Inputs { get; } = inputs;

    /// <summary>Of the weights.</summary>
    public long Weights { get; } = weights;
}
