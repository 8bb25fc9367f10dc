namespace Paged.Ilgpu.Kernels;

/// <summary>Which form of the kernels a device runs.</summary>
public enum KernelForm
{
    /// <summary>The matrix unit's where the device has one and the weights are of 16 bits, that for vectors on OpenCL CPUs, else the portable one.</summary>
    Automatic,

    /// <summary>One source for all devices and types.</summary>
    Portable,

    /// <summary>
    /// Linear layers on the matrix unit, for weights of 16 bits: the tensor cores of CUDA devices from sm_80 on. On the CPU accelerator with
    /// warps of 32 lanes it is emulated, for tests.
    /// </summary>
    MatrixUnit,

    /// <summary>Linear layers and attention by single work items that compute with vector registers: CPUs behind OpenCL.</summary>
    Vector,
}
