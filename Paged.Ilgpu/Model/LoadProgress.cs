namespace Paged.Ilgpu.Model;

/// <summary>How far a model's weights are on their way to the device.</summary>
/// <param name="BytesDone">What is there, in bytes of the type on the device.</param>
/// <param name="TotalBytes">What there will be.</param>
public readonly record struct LoadProgress(long BytesDone, long TotalBytes);
