namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// The PTX that a call of a method becomes. <c>%0</c>, <c>%1</c> stand for the registers of its arguments, <c>#0</c> for the value of an
/// argument that must be a constant, <c>$0</c>, <c>$1</c> for the registers of the result's fields.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PtxAttribute(string text) : Attribute
{
    /// <summary>One or several instructions.</summary>
    public string Text { get; } = text;

    /// <summary>What follows for each number below the first argument, which is a constant; # stands for the number.</summary>
    public string? Repeated { get; init; }
}
