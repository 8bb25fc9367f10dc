namespace Paged.Ilgpu.Sampling;

/// <summary>
/// The random numbers of a request: Philox4x32 with ten rounds (Salmon et al. 2011, section 4.3), a generator without state. The number of a
/// token is a function of the request's seed, the answer's index and the token's place in the answer alone, so nothing that runs beside
/// the request, no preemption and no restart can change it.
/// </summary>
internal static class RandomStream
{
    private const int Rounds = 10;
    private const uint FirstMultiplier = 0xD2511F53;
    private const uint SecondMultiplier = 0xCD9E8D57;
    private const uint FirstKeyStep = 0x9E3779B9; // the golden ratio
    private const uint SecondKeyStep = 0xBB67AE85; // √3 − 1

    /// <summary>A number of [0, 1), uniform in steps of 2⁻⁵³.</summary>
    /// <param name="seed">The request's seed.</param>
    /// <param name="answer">Which answer to its prompt, from 0.</param>
    /// <param name="place">Which token of the answer, from 0.</param>
    public static double Uniform(long seed, int answer, int place)
    {
        (uint high, uint low, _, _) = Block(((uint)place, (uint)answer, 0, 0), ((uint)seed, (uint)(seed >>> 32)));
        return ((((ulong)high << 32) | low) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>One block of 128 random bits.</summary>
    /// <param name="counter">Which block.</param>
    /// <param name="key">Of which stream.</param>
    public static (uint A, uint B, uint C, uint D) Block((uint A, uint B, uint C, uint D) counter, (uint First, uint Second) key)
    {
        (uint a, uint b, uint c, uint d) = counter;
        (uint first, uint second) = key;
        for (int round = 0; round < Rounds; round++)
        {
            ulong left = (ulong)FirstMultiplier * a;
            ulong right = (ulong)SecondMultiplier * c;
            (a, b, c, d) = ((uint)(right >> 32) ^ b ^ first, (uint)right, (uint)(left >> 32) ^ d ^ second, (uint)left);
            first = unchecked(first + FirstKeyStep);
            second = unchecked(second + SecondKeyStep);
        }

        return (a, b, c, d);
    }
}
