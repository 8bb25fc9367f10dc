using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Kernels;

/// <summary>Sixteen bytes of device memory: what a work item reads or writes at once, whatever the elements inside.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeInBytes)]
public struct Packet
{
    /// <summary>The size of a packet, in bytes.</summary>
    public const int SizeInBytes = 16;

    /// <summary>Bytes 0 to 3.</summary>
    public uint Word0;

    /// <summary>Bytes 4 to 7.</summary>
    public uint Word1;

    /// <summary>Bytes 8 to 11.</summary>
    public uint Word2;

    /// <summary>Bytes 12 to 15.</summary>
    public uint Word3;

    /// <summary>Creates a packet of four words.</summary>
    public Packet(uint word0, uint word1, uint word2, uint word3)
    {
        Word0 = word0;
        Word1 = word1;
        Word2 = word2;
        Word3 = word3;
    }
}
