using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Model;

/// <summary>The pool of KV blocks on the device; where an element lies in it is said by <see cref="KvLayout"/> alone.</summary>
public sealed class KvStorage : IDisposable
{
    private readonly MemoryBuffer1D<Packet, Stride1D.Dense> _buffer;
    private readonly long _packetsPerBlock;

    /// <summary>Allocates the pool, filled with zeros.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="config">The model.</param>
    /// <param name="type">The type of keys and values.</param>
    /// <param name="blockSize">Slots of one block.</param>
    /// <param name="blockCount">Blocks of the pool.</param>
    public KvStorage(Accelerator accelerator, LlamaConfig config, ElementType type, int blockSize, int blockCount)
    {
        Layout = new KvLayout(config.LayerCount, config.KeyValueHeadCount, config.HeadDim, blockSize);
        Type = type;
        BlockCount = blockCount;
        _packetsPerBlock = Layout.OctetsPerBlock * HostPacking.PacketsPerOctet(type);
        _buffer = accelerator.Allocate1D<Packet>(_packetsPerBlock * blockCount);

        // Attention multiplies nothing that was not written, so only the padding of odd heads must be clean.
        if (config.HeadDim % Octet.Length != 0)
            _buffer.MemSetToZero();
    }

    /// <summary>Where keys and values lie.</summary>
    public KvLayout Layout { get; }

    /// <summary>The type of keys and values.</summary>
    public ElementType Type { get; }

    /// <summary>Blocks of the pool.</summary>
    public int BlockCount { get; }

    /// <summary>Bytes of the pool.</summary>
    public long SizeInBytes => _buffer.LengthInBytes;

    /// <summary>The whole pool.</summary>
    public ArrayView<Packet> Packets => _buffer.View;

    /// <summary>Bytes of one block: keys and values of all layers for each of its slots.</summary>
    /// <param name="config">The model.</param>
    /// <param name="type">The type of keys and values.</param>
    /// <param name="blockSize">Slots of one block.</param>
    public static long BytesPerBlock(LlamaConfig config, ElementType type, int blockSize) =>
        new KvLayout(config.LayerCount, config.KeyValueHeadCount, config.HeadDim, blockSize).OctetsPerBlock
            * HostPacking.PacketsPerOctet(type)
            * Packet.SizeInBytes;

    /// <summary>Copies one block over another, all layers, on the device.</summary>
    public void CopyBlock(int source, int destination) =>
        Block(source).CopyTo(_buffer.Accelerator.DefaultStream, Block(destination));

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private ArrayView<Packet> Block(int block) => _buffer.View.AsContiguous().SubView(block * _packetsPerBlock, _packetsPerBlock);
}
