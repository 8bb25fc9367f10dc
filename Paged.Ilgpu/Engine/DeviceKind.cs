namespace Paged.Ilgpu.Engine;

/// <summary>A backend, and on OpenCL the kind of device behind it, in the order in which `auto` prefers them.</summary>
public enum DeviceKind
{
    /// <summary>An NVIDIA GPU through CUDA.</summary>
    Cuda,

    /// <summary>A GPU or accelerator through OpenCL.</summary>
    OpenCLGpu,

    /// <summary>A CPU through OpenCL.</summary>
    OpenCLCpu,

    /// <summary>ILGPU's own CPU accelerator: slow, always there, for tests and small models.</summary>
    Cpu,
}
