using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Packets in device memory, for the two ways of reading them: inline PTX wants an address, C# a view. Passed to kernels by value.</summary>
public readonly struct PacketSource
{
    /// <summary>Speaks of the packets of a view.</summary>
    public unsafe PacketSource(ArrayView<Packet> view)
    {
        View = view;
        Address = (long)view.LoadEffectiveAddressAsPtr();
    }

    /// <summary>The packets.</summary>
    public ArrayView<Packet> View { get; }

    /// <summary>The device's address of the first one.</summary>
    public long Address { get; }
}
