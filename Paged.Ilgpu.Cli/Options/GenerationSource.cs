namespace Paged.Ilgpu.Cli.Options;

/// <summary>Who says how answers are drawn where no option does.</summary>
internal enum GenerationSource
{
    /// <summary>The checkpoint's generation_config.json.</summary>
    Checkpoint,

    /// <summary>Nobody.</summary>
    None,
}
