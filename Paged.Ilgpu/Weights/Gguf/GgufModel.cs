using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>The configuration that a GGUF file carries.</summary>
internal static class GgufModel
{
    /// <summary>Llama 3.1's scaling in llama.cpp's form, [headDim / 2]: what each pair's frequency is divided by.</summary>
    public const string RopeDivisors = "rope_freqs.weight";

    /// <summary>The configuration.</summary>
    public static ConfigFile ReadConfig(CheckpointFiles files) => throw new PagedException("GGUF is not read yet.");
}
