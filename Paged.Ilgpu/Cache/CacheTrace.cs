using System.Text.Json;

namespace Paged.Ilgpu.Cache;

/// <summary>
/// Writes the events of a cache as JSON lines, such as <c>{"step":3,"event":"copy","sequence":7,"block":12,"from":4}</c>, and reads
/// them again.
/// </summary>
public sealed class CacheTrace : ICacheEventSink, IDisposable
{
    private readonly Stream _stream;
    private readonly Utf8JsonWriter _json;

    /// <summary>Writes to a stream, which stays the caller's to close.</summary>
    public CacheTrace(Stream stream)
    {
        _stream = stream;
        _json = new Utf8JsonWriter(stream);
    }

    /// <inheritdoc/>
    public void Record(in CacheEvent cacheEvent)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("step"u8, cacheEvent.Step);
        _json.WriteString("event"u8, NameOf(cacheEvent.Kind));
        if (cacheEvent.Kind != CacheEventKind.Evict)
            _json.WriteNumber("sequence"u8, cacheEvent.Sequence);
        _json.WriteNumber("block"u8, cacheEvent.Block);
        if (NameOfOther(cacheEvent.Kind) is { } other)
            _json.WriteNumber(other, cacheEvent.Other);
        _json.WriteEndObject();
        _json.Flush();
        _stream.WriteByte((byte)'\n');
    }

    /// <summary>Ends the trace; the stream stays open.</summary>
    public void Dispose() => _json.Dispose();

    /// <summary>Reads a trace, an event a line.</summary>
    /// <param name="lines">The lines of the trace.</param>
    /// <param name="name">What the trace is called in messages.</param>
    /// <exception cref="PagedException">A line is not of a trace.</exception>
    public static IEnumerable<CacheEvent> Read(IEnumerable<string> lines, string name)
    {
        int number = 0;
        foreach (string line in lines)
            yield return Parse(line, $"{name}, line {++number}");
    }

    private static CacheEvent Parse(string line, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement json = document.RootElement;
            CacheEventKind kind = KindOf(json.GetProperty("event"u8).GetString());
            return new CacheEvent(
                json.GetProperty("step"u8).GetInt64(),
                kind,
                json.TryGetProperty("sequence"u8, out JsonElement sequence) ? sequence.GetInt64() : 0,
                json.GetProperty("block"u8).GetInt32(),
                NameOfOther(kind) is { } other ? json.GetProperty(other).GetInt32() : 0);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new PagedException($"{place} is not an event of a cache trace: found {line}, expected such as "
                + """{"step":1,"event":"allocate","sequence":1,"block":0}.""", e);
        }
    }

    private static string NameOf(CacheEventKind kind) => kind switch
    {
        CacheEventKind.Allocate => "allocate",
        CacheEventKind.Share => "share",
        CacheEventKind.Copy => "copy",
        CacheEventKind.SwapOut => "swap_out",
        CacheEventKind.SwapIn => "swap_in",
        CacheEventKind.Free => "free",
        CacheEventKind.HostFree => "host_free",
        CacheEventKind.Index => "index",
        CacheEventKind.Evict => "evict",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such event"),
    };

    private static CacheEventKind KindOf(string? name)
    {
        foreach (CacheEventKind kind in Enum.GetValues<CacheEventKind>())
        {
            if (NameOf(kind) == name)
                return kind;
        }

        throw new FormatException($"no event is called {name}");
    }

    /// <summary>What the second block of an event is called; null where it has none.</summary>
    private static string? NameOfOther(CacheEventKind kind) => kind switch
    {
        CacheEventKind.Copy => "from",
        CacheEventKind.SwapOut or CacheEventKind.SwapIn => "host",
        _ => null,
    };
}
