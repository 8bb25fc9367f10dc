using ILGPU.Runtime;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>A device ready for use.</summary>
internal sealed class OpenDevice : IDisposable
{
    private readonly DeviceSelector _selector = new();
    private readonly Accelerator _accelerator;

    /// <exception cref="PagedException">There is no such device.</exception>
    public OpenDevice(string name)
    {
        try
        {
            Device device = _selector.Find(name);
            Name = $"{_selector.NameOf(device)} ({device.Name})";
            _accelerator = _selector.Open(device);
        }
        catch
        {
            _selector.Dispose();
            throw;
        }
    }

    /// <summary>The name it is chosen by, and its own.</summary>
    public string Name { get; }

    /// <summary>Brings a model to it.</summary>
    /// <exception cref="PagedException">The options do not fit the model or the device.</exception>
    public PagedEngine CreateEngine(LoadedModel model, EngineOptions options) =>
        new(_accelerator, model.Checkpoint.Config, model.Checkpoint.Weights, model.Checkpoint.StoredType, options);

    /// <inheritdoc/>
    public void Dispose()
    {
        _accelerator.Dispose();
        _selector.Dispose();
    }
}
