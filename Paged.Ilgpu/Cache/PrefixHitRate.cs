namespace Paged.Ilgpu.Cache;

/// <summary>Share of prompt tokens that were found in the cache, over the last requests and over all.</summary>
public sealed class PrefixHitRate
{
    private readonly (int Queried, int Hit)[] _window;
    private long _requests;
    private long _windowQueried;
    private long _windowHit;

    /// <summary>Creates an empty record.</summary>
    /// <param name="windowLength">Requests that <see cref="Recent"/> looks back over, at least 1.</param>
    public PrefixHitRate(int windowLength = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowLength, 1);
        _window = new (int, int)[windowLength];
    }

    /// <summary>Prompt tokens of all requests.</summary>
    public long QueriedTokens { get; private set; }

    /// <summary>Those of them that were found.</summary>
    public long HitTokens { get; private set; }

    /// <summary>Share found over the last requests, 0 to 1; 0 where there was none.</summary>
    public double Recent => _windowQueried == 0 ? 0 : (double)_windowHit / _windowQueried;

    /// <summary>Share found over all requests, 0 to 1; 0 where there was none.</summary>
    public double Overall => QueriedTokens == 0 ? 0 : (double)HitTokens / QueriedTokens;

    /// <summary>Takes note of one request.</summary>
    public void Record(int queriedTokens, int hitTokens)
    {
        ref (int Queried, int Hit) oldest = ref _window[_requests++ % _window.Length];
        _windowQueried += queriedTokens - oldest.Queried;
        _windowHit += hitTokens - oldest.Hit;
        oldest = (queriedTokens, hitTokens);
        QueriedTokens += queriedTokens;
        HitTokens += hitTokens;
    }
}
