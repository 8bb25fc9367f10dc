using System.Text.Json;

namespace Paged.Ilgpu.Config;

/// <summary>Says in one sentence what is wrong with a JSON text.</summary>
internal static class JsonFault
{
    /// <summary>True for what System.Text.Json throws for a text that is wrong; invalid Unicode is found only when it is read.</summary>
    public static bool Is(Exception fault) => fault is JsonException or InvalidOperationException;

    /// <summary>The error for the user.</summary>
    /// <param name="what">The file, or the part of it that is JSON.</param>
    /// <param name="fault">What was thrown.</param>
    public static PagedException Describe(string what, Exception fault) => fault switch
    {
        JsonException { LineNumber: long line, BytePositionInLine: long position } =>
            new($"{what} is not valid JSON at line {line + 1}, byte {position + 1}.", fault),
        JsonException => new($"{what} is not valid JSON: {Quoted.Of(fault.Message.TrimEnd('.'))}.", fault), // such as a key that stands twice
        _ => new($"{what} has a text that is not valid Unicode.", fault),
    };
}
