using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>Makes sure that a text is UTF-8, so that no prompt is altered unseen.</summary>
internal static class Utf8Text
{
    /// <summary>Where the text is no UTF-8, such as <c>byte 6 is 0xFF</c>, counted from 1; null where all of it is.</summary>
    public static string? FaultIn(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
            return null;
        int position = 0;
        while (Rune.DecodeFromUtf8(text[position..], out _, out int length) == OperationStatus.Done)
            position += length;
        return $"byte {position + 1} is 0x{text[position]:X2}";
    }
}
