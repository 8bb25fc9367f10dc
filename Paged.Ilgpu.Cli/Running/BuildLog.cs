using System.Diagnostics;
using System.Text;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>Keeps what ILGPU says of a kernel that a driver could not build: it traces the driver's log and throws an error code alone.</summary>
internal sealed class BuildLog : TraceListener
{
    private readonly StringBuilder _text = new();

    /// <summary>Listens from now on.</summary>
    public BuildLog() => Trace.Listeners.Add(this);

    /// <summary>What was said so far.</summary>
    public string Text => _text.ToString().TrimEnd();

    /// <inheritdoc/>
    public override void Write(string? message) => _text.Append(message);

    /// <inheritdoc/>
    public override void WriteLine(string? message) => _text.AppendLine(message);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Trace.Listeners.Remove(this);
        base.Dispose(disposing);
    }
}
