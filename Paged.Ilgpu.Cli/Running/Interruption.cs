using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>
/// Ctrl-C, and the signal by which a system ends a program: the first ends the run after its step, with all that is done written; a second
/// one kills.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Take(PosixSignalContext signal)
    {
        signal.Cancel = !_source.IsCancellationRequested; // what the system would do: end the process at once
        _source.Cancel();
    }
}
