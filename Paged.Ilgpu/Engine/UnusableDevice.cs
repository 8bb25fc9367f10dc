namespace Paged.Ilgpu.Engine;

/// <summary>A device that is there and cannot be used.</summary>
/// <param name="Name">Its own name.</param>
/// <param name="Reason">Why, as the end of a sentence.</param>
public sealed record UnusableDevice(string Name, string Reason);
