using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Model;

/// <summary>
/// The pool of KV blocks on the device, and the blocks of page-locked host memory that preempted sequences are swapped to. Where an
/// element lies in a block is said by <see cref="KvLayout"/> alone.
/// </summary>
public sealed class KvStorage : IDisposable
{
    private readonly MemoryBuffer1D<Packet, Stride1D.Dense> _buffer;
    private readonly PageLockedArray1D<Packet>? _swapSpace;
    private readonly long _packetsPerBlock;

    /// <summary>Allocates the pool. It is not cleared: attention reads only slots that were written, and RoPE writes whole octets.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="config">The model.</param>
    /// <param name="type">The type of keys and values.</param>
    /// <param name="options">Slots of a block, blocks of the pool and of the swap space.</param>
    public KvStorage(Accelerator accelerator, LlamaConfig config, ElementType type, KvCacheOptions options)
    {
        Layout = new KvLayout(config.LayerCount, config.KeyValueHeadCount, config.HeadDim, options.BlockSize);
        _packetsPerBlock = Layout.OctetsPerBlock * HostPacking.PacketsPerOctet(type);
        DeviceLimits.CheckAllocation(
            accelerator,
            _packetsPerBlock * options.BlockCount * Packet.SizeInBytes,
            $"The KV cache of {options.BlockCount:N0} blocks",
            "a smaller one (--kv-cache-memory, --num-blocks, --gpu-memory-utilization)");
        _buffer = accelerator.Allocate1D<Packet>(_packetsPerBlock * options.BlockCount);
        if (options.SwapBlockCount > 0)
            _swapSpace = accelerator.AllocatePageLocked1D<Packet>(_packetsPerBlock * options.SwapBlockCount);
    }

    /// <summary>Where keys and values lie.</summary>
    public KvLayout Layout { get; }

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

    /// <summary>Moves the contents of blocks, in order, on the device's copy path; the steps that follow see them moved.</summary>
    public void Move(IReadOnlyList<BlockTransfer> transfers)
    {
        AcceleratorStream stream = _buffer.Accelerator.DefaultStream;
        for (int index = 0; index < transfers.Count; index++)
        {
            BlockTransfer transfer = transfers[index];
            switch (transfer.Kind)
            {
                case BlockTransferKind.SwapOut:
                    DeviceBlock(transfer.Source).CopyToCPUUnsafeAsync(stream, ref HostBlock(transfer.Destination), _packetsPerBlock);
                    break;
                case BlockTransferKind.SwapIn:
                    DeviceBlock(transfer.Destination).CopyFromCPUUnsafeAsync(stream, ref HostBlock(transfer.Source), _packetsPerBlock);
                    break;
                default:
                    DeviceBlock(transfer.Source).CopyTo(stream, DeviceBlock(transfer.Destination));
                    break;
            }
        }
    }

    /// <summary>Fills the pool with NaNs, so that a test notices when a slot is read that was not written.</summary>
    internal void Poison() => _buffer.MemSet(_buffer.Accelerator.DefaultStream, 0xff);

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer.Dispose();
        _swapSpace?.Dispose();
    }

    private ArrayView<Packet> DeviceBlock(int block) =>
        _buffer.View.AsContiguous().SubView(block * _packetsPerBlock, _packetsPerBlock);

    // A view of a part of host memory will not do: ILGPU's OpenCL copies between host and device take the length of the host's whole buffer.
    private unsafe ref Packet HostBlock(int block)
    {
        ArrayView<Packet> swapSpace = _swapSpace?.ArrayView ?? throw new InvalidOperationException("there is no swap space");
        return ref Unsafe.AsRef<Packet>((void*)swapSpace.SubView(block * _packetsPerBlock, _packetsPerBlock).LoadEffectiveAddressAsPtr());
    }
}
