using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Shared memory that packets are staged in: an address for inline PTX, a view for C#.</summary>
public struct StagedPackets
{
    /// <summary>The packets, where C# reads them.</summary>
    public ArrayView<Packet> View;

    /// <summary>The address in shared memory, where PTX reads them.</summary>
    public uint Address;
}
