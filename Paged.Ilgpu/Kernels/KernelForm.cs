namespace Paged.Ilgpu.Kernels;

/// <summary>Which form of the kernels a device runs.</summary>
public enum KernelForm
{
    /// <summary>What suits the device and the types.</summary>
    Automatic,

    /// <summary>One source for all devices and types.</summary>
    Portable,

    /// <summary>Linear layers and attention by single work items that compute with vector registers: CPUs behind OpenCL.</summary>
    Vector,
}
