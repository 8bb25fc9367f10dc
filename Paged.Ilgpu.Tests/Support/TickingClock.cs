namespace Paged.Ilgpu.Tests.Support;

/// <summary>A clock that goes on by a second each time somebody looks at it.</summary>
internal sealed class TickingClock : TimeProvider
{
    private long _seconds;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => _seconds++;
}
