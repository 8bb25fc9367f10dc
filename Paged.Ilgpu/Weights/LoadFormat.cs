namespace Paged.Ilgpu.Weights;

/// <summary>Where the weights come from.</summary>
public enum LoadFormat
{
    /// <summary>From the files of the checkpoint, whatever their form.</summary>
    Auto,

    /// <summary>Random values of the configured shape: only the configuration is read. For measuring speed and memory.</summary>
    Dummy,
}
