using ILGPU.Runtime;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Engine;

/// <summary>How many blocks the KV pool gets, decided after weights and activations have taken their memory.</summary>
internal static class KvPoolSize
{
    private const long CpuPoolBytes = 1L << 30;

    /// <summary>Decides on the pool.</summary>
    /// <param name="options">What the user asked for.</param>
    /// <param name="config">The model.</param>
    /// <param name="type">The type of keys and values.</param>
    /// <param name="maxModelLength">Positions of a sequence.</param>
    /// <param name="device">The device.</param>
    /// <param name="takenBytes">What weights and activations take of its memory.</param>
    /// <exception cref="PagedException">No block fits.</exception>
    public static KvCacheOptions Decide(
        EngineOptions options, LlamaConfig config, ElementType type, int maxModelLength, Accelerator device, long takenBytes)
    {
        int blockSize = BlockSizeOf(options, maxModelLength);
        long blockBytes = KvStorage.BytesPerBlock(config, type, blockSize);
        long poolBytes = options.KvCacheBytes ?? DefaultPoolBytes(options, device, takenBytes);
        long blocks = options.BlockCount ?? poolBytes / blockBytes;
        if (options.BlockCount is null && options.KvCacheBytes is null)
        {
            long blocksOfASequence = (maxModelLength + blockSize - 1) / blockSize;
            if (IsCpu(device))
                blocks = Math.Min(blocks, blocksOfASequence * options.MaxSequences);
        }

        if (blocks < 1)
        {
            throw new PagedException($"The KV cache would have {poolBytes:N0} bytes and one block of {blockSize} tokens takes {blockBytes:N0}; "
                + "it must hold at least one block (--kv-cache-memory, --num-blocks, --gpu-memory-utilization).");
        }

        bool swaps = options.PreemptionMode == PreemptionMode.Swap;
        long hostBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (swaps && options.SwapSpaceBytes > hostBytes)
        {
            throw new PagedException(
                $"The swap space (--swap-space) is {options.SwapSpaceBytes:N0} bytes and this machine has {hostBytes:N0}; it must be smaller.");
        }

        return new KvCacheOptions
        {
            BlockSize = blockSize,
            BlockCount = (int)Math.Min(blocks, int.MaxValue),
            EnablePrefixCaching = options.EnablePrefixCaching && options.Cache == CacheMethod.Paged,
            SwapBlockCount = swaps ? (int)(options.SwapSpaceBytes / blockBytes) : 0,
        };
    }

    /// <summary>Slots of one block: for the naive cache the maximum length.</summary>
    public static int BlockSizeOf(EngineOptions options, int maxModelLength) =>
        options.Cache == CacheMethod.Naive ? maxModelLength : options.BlockSize;

    /// <summary>Bytes that count as the device's memory: the device's own, on CPUs the machine's.</summary>
    public static long DeviceMemoryBytes(EngineOptions options, Accelerator device) =>
        options.DeviceMemoryBytes ?? (IsCpu(device) ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : device.MemorySize);

    private static bool IsCpu(Accelerator device) => DeviceSelector.KindOf(device.Device) is DeviceKind.Cpu or DeviceKind.OpenCLCpu;

    private static long DefaultPoolBytes(EngineOptions options, Accelerator device, long takenBytes) =>
        IsCpu(device) && options.DeviceMemoryBytes is null
            ? CpuPoolBytes
            : (long)(options.MemoryUtilization * DeviceMemoryBytes(options, device)) - takenBytes;
}
