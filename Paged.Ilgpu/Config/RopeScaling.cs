namespace Paged.Ilgpu.Config;

/// <summary>Llama 3.1's stretch of the rotary angles, the only scaling understood so far; every other one is refused by name.</summary>
/// <param name="Factor">Low frequencies are divided by this.</param>
/// <param name="LowFrequencyFactor">Wavelengths longer than the original length over this are stretched wholly.</param>
/// <param name="HighFrequencyFactor">Wavelengths shorter than the original length over this are kept.</param>
/// <param name="OriginalMaxPositions">The length the model was first trained at, in positions.</param>
public sealed record RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions);
