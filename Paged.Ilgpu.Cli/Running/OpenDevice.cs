using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>A device ready for use.</summary>
internal sealed class OpenDevice : IDisposable
{
    private readonly DeviceSelector _selector = new();

    /// <exception cref="PagedException">There is no such device.</exception>
    public OpenDevice(string name)
    {
        try
        {
            Device device = _selector.Find(name);
            Name = $"{_selector.NameOf(device)} ({device.Name})";
            Accelerator = _selector.Open(device);
        }
        catch
        {
            _selector.Dispose();
            throw;
        }
    }

    /// <summary>The name it is chosen by, and its own.</summary>
    public string Name { get; }

    /// <summary>The device itself.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Brings a model to it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How the engine is set up.</param>
    /// <param name="error">Where it is shown how far the weights are.</param>
    /// <exception cref="PagedException">The options do not fit the model or the device.</exception>
    public PagedEngine CreateEngine(LoadedModel model, EngineOptions options, TextWriter error)
    {
        PagedEngine engine = LoadingDisplay.During(error, loading => CreateEngine(
            model.Checkpoint.Config, model.Checkpoint.Weights, model.Checkpoint.StoredType, options, model.Tokenizer, loading));
        if (DeviceNote.OfKernels(Name, (Accelerator.Device as CudaDevice)?.Architecture, engine.KernelForm) is { } note)
            error.WriteLine(note);
        return engine;
    }

    /// <inheritdoc cref="CreateEngine(LoadedModel, EngineOptions, TextWriter)"/>
    public PagedEngine CreateEngine(
        LlamaConfig config,
        IWeightSource weights,
        ElementType storedType,
        EngineOptions options,
        ITokenizer? tokenizer = null,
        IProgress<LoadProgress>? loading = null)
    {
        try
        {
            return new PagedEngine(Accelerator, config, weights, storedType, options, tokenizer, loading);
        }
        catch (Exception fault) when (DeviceFault.IsOutOfMemory(fault))
        {
            throw new PagedException(
                $"{Name} has too little memory for the weights and the KV cache{DeviceNote.OfMemory(Accelerator)}; expected is a smaller cache (--kv-cache-memory, --num-blocks, "
                    + "--gpu-memory-utilization), smaller steps (--max-num-batched-tokens) or a smaller type (--dtype, --kv-cache-dtype).",
                fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        _selector.Dispose();
    }
}
