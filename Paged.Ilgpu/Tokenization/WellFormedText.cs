using System.Text;

namespace Paged.Ilgpu.Tokenization;

/// <summary>Texts in which every surrogate has its other half.</summary>
internal static class WellFormedText
{
    /// <summary>The text with U+FFFD for each half of a pair that stands alone, which no model has seen.</summary>
    public static string Of(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')
        ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))
        : text;
}
