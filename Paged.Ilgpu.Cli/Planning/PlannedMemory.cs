using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Planning;

/// <summary>How a device's memory would be divided between weights and KV cache; activations are not counted.</summary>
internal sealed record PlannedMemory
{
    public required ElementType WeightType { get; init; }

    public required WeightQuantization Quantization { get; init; }

    public required ElementType KeyValueType { get; init; }

    public required long WeightBytes { get; init; }

    /// <summary>Bytes of keys and values of a token, all layers.</summary>
    public required long KvBytesPerToken { get; init; }

    public required long KvCacheBytes { get; init; }

    /// <summary>As the user said; else weights and KV cache together.</summary>
    public required long DeviceMemoryBytes { get; init; }

    /// <exception cref="PagedException">It is not said how much there is, or it is too little.</exception>
    public static PlannedMemory Of(ModelShape shape, EngineOptions options)
    {
        ElementType weightType = options.WeightType ?? shape.StoredType;
        ElementType keyValueType = options.KeyValueType ?? weightType;
        long weightBytes = WeightSize.OnDevice(shape.Config, weightType, options.Quantization);
        long poolBytes = options.BlockCount is { } blocks
            ? blocks * KvStorage.BytesPerBlock(shape.Config, keyValueType, options.BlockSize)
            : options.KvCacheBytes ?? BytesBesideWeights(options, weightBytes);
        if (options.DeviceMemoryBytes is { } deviceBytes && weightBytes + poolBytes > deviceBytes)
        {
            throw new PagedException($"The weights take {Numbers.Bytes(weightBytes)} and the KV cache {Numbers.Bytes(poolBytes)}; expected is "
                + $"no more than the device's {Numbers.Bytes(deviceBytes)} (--device-memory) together.");
        }

        return new PlannedMemory
        {
            WeightType = weightType,
            Quantization = options.Quantization,
            KeyValueType = keyValueType,
            WeightBytes = weightBytes,
            KvBytesPerToken = KvStorage.BytesPerBlock(shape.Config, keyValueType, blockSize: 1),
            KvCacheBytes = poolBytes,
            DeviceMemoryBytes = options.DeviceMemoryBytes ?? weightBytes + poolBytes,
        };
    }

    private static long BytesBesideWeights(EngineOptions options, long weightBytes)
    {
        if (options.DeviceMemoryBytes is not { } deviceBytes)
        {
            throw new PagedException(
                "A plan needs to know how much memory there is; expected is one of --kv-cache-memory SIZE, --device-memory SIZE and --num-blocks N.");
        }

        long usable = (long)(options.MemoryUtilization * deviceBytes);
        if (weightBytes >= usable)
        {
            throw new PagedException($"The weights take {Numbers.Bytes(weightBytes)}; expected is less than {Numbers.Bytes(usable)}, "
                + $"{Numbers.Percent(options.MemoryUtilization)} (--gpu-memory-utilization) of {Numbers.Bytes(deviceBytes)} (--device-memory).");
        }

        return usable - weightBytes;
    }
}
