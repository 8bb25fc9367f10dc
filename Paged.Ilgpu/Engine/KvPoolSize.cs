using ILGPU.Runtime;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Engine;

/// <summary>How many blocks the KV pool gets, decided after weights and activations have taken their memory.</summary>
public static class KvPoolSize
{
    private const long CpuPoolBytes = 1L << 30;

    /// <summary>Divides the memory of a pool into blocks.</summary>
    /// <param name="options">What the user asked for; the size of the pool is not read from it.</param>
    /// <param name="config">The model.</param>
    /// <param name="type">The type of keys and values.</param>
    /// <param name="poolBytes">Bytes of the pool.</param>
    /// <exception cref="PagedException">No block fits.</exception>
    public static KvCacheOptions Divide(EngineOptions options, LlamaConfig config, ElementType type, long poolBytes)
    {
        int blockSize = BlockSizeOf(options, options.MaxModelLength ?? config.MaxPositions);
        long blockBytes = KvStorage.BytesPerBlock(config, type, blockSize);
        long blocks = poolBytes / blockBytes;
        if (blocks < 1)
        {
            throw new PagedException($"The KV cache would have {poolBytes:N0} bytes and one block of {blockSize} tokens takes {blockBytes:N0}; "
                + "it must hold at least one block (--kv-cache-memory, --num-blocks, --gpu-memory-utilization).");
        }

        bool swaps = options.PreemptionMode == PreemptionMode.Swap;
        return new KvCacheOptions
        {
            BlockSize = blockSize,
            BlockCount = (int)Math.Min(blocks, int.MaxValue),
            EnablePrefixCaching = options.EnablePrefixCaching && options.Cache == CacheMethod.Paged,
            SwapBlockCount = swaps ? (int)Math.Min(options.SwapSpaceBytes / blockBytes, int.MaxValue) : 0,
        };
    }

    /// <summary>Decides on the pool of a device.</summary>
    /// <param name="options">What the user asked for.</param>
    /// <param name="config">The model.</param>
    /// <param name="type">The type of keys and values.</param>
    /// <param name="device">The device.</param>
    /// <param name="takenBytes">What weights and activations take of its memory.</param>
    /// <exception cref="PagedException">No block fits.</exception>
    internal static KvCacheOptions Decide(EngineOptions options, LlamaConfig config, ElementType type, Accelerator device, long takenBytes)
    {
        long hostBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (options.PreemptionMode == PreemptionMode.Swap && options.SwapSpaceBytes > hostBytes)
        {
            throw new PagedException(
                $"The swap space (--swap-space) is {options.SwapSpaceBytes:N0} bytes and this machine has {hostBytes:N0}; it must be smaller.");
        }

        int maxModelLength = options.MaxModelLength ?? config.MaxPositions;
        int blockSize = BlockSizeOf(options, maxModelLength);
        long blockBytes = KvStorage.BytesPerBlock(config, type, blockSize);
        long poolBytes;
        if (options.BlockCount is { } blockCount)
        {
            poolBytes = blockCount * blockBytes;
        }
        else if (options.KvCacheBytes is { } bytes)
        {
            poolBytes = bytes;
        }
        else
        {
            poolBytes = Math.Min(DefaultPoolBytes(options, device, takenBytes), DeviceLimits.LargestAllocation(device.Device));
            long blocksOfASequence = (maxModelLength + blockSize - 1) / blockSize;
            if (IsCpu(device))
                poolBytes = Math.Min(poolBytes, blocksOfASequence * options.MaxSequences * blockBytes);
        }

        return Divide(options, config, type, poolBytes);
    }

    /// <summary>Slots of one block: for the naive cache the maximum length.</summary>
    internal static int BlockSizeOf(EngineOptions options, int maxModelLength) =>
        options.Cache == CacheMethod.Naive ? maxModelLength : options.BlockSize;

    /// <summary>Bytes that count as the device's memory: the device's own, on CPUs the machine's.</summary>
    internal static long DeviceMemoryBytes(EngineOptions options, Accelerator device) =>
        options.DeviceMemoryBytes ?? (IsCpu(device) ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : device.MemorySize);

    private static bool IsCpu(Accelerator device) => DeviceSelector.KindOf(device.Device) is DeviceKind.Cpu or DeviceKind.OpenCLCpu;

    private static long DefaultPoolBytes(EngineOptions options, Accelerator device, long takenBytes) =>
        IsCpu(device) && options.DeviceMemoryBytes is null
            ? CpuPoolBytes
            : (long)(options.MemoryUtilization * DeviceMemoryBytes(options, device)) - takenBytes;
}
