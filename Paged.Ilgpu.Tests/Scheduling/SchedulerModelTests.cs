using CsCheck;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Scheduling;

/// <summary>
/// Whatever the options and the company, every request ends, with the answer it has alone. <see cref="SlotModel"/> reads every context
/// back through the block tables in every step, and every invariant is checked after every call.
/// </summary>
internal sealed class SchedulerModelTests
{
    private const int MaxModelLength = 60;

    private static readonly Gen<SchedulerOptions> Options = Gen.Select(
        Gen.Int[4, 12], Gen.Int[1, 80], Gen.Bool, Gen.Int[0, 20], Gen.Int[0, 6], Gen.Enum<SchedulingPolicy>(),
        Gen.Enum<PreemptionMode>(),
        (sequences, tokens, chunked, threshold, headroom, policy, mode) => new SchedulerOptions
        {
            MaxModelLength = MaxModelLength,
            MaxSequences = sequences,
            MaxBatchedTokens = chunked ? tokens : MaxModelLength + tokens,
            EnableChunkedPrefill = chunked,
            LongPrefillTokenThreshold = chunked ? threshold : 0,
            AdmissionHeadroomTokens = headroom,
            Policy = policy,
            PreemptionMode = mode,
        });

    private static readonly Gen<KvCacheOptions> CacheOptions = Gen.Select(
        Gen.OneOf(1, 2, 4, 16, MaxModelLength), Gen.Int[0, 100], Gen.Bool, Gen.Int[0, 20],
        (blockSize, spare, caching, swap) => new KvCacheOptions
        {
            BlockSize = blockSize,
            BlockCount = ((MaxModelLength + blockSize - 1) / blockSize) + (spare / blockSize),
            EnablePrefixCaching = caching,
            SwapBlockCount = swap,
        });

    // What arrives: the length of its prompt, which of a few texts it is from, answers wanted, length of the answer, priority,
    // steps before it arrives, and whether somebody loses patience with it.
    private static readonly Gen<(int Length, int Text, int Branches, int MaxTokens, int Priority, int Delay, bool Abort)[]> Arrivals =
        Gen.Select(Gen.Int[1, 59], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[1, 60], Gen.Int[-1, 1], Gen.Int[0, 5], Gen.Int[0, 9])
            .Select(a => (a.Item1, a.Item2, a.Item3, a.Item4, a.Item5, a.Item6, a.Item7 == 0)).Array[1, 20];

    [Test]
    public void every_request_ends_with_the_answer_it_has_alone() => Check(runs: 300);

    [Test]
    [Explicit("takes minutes")]
    public void every_request_ends_with_the_answer_it_has_alone_at_length() => Check(runs: 10_000);

    private static void Check(int runs) => Gen.Select(Options, CacheOptions, Arrivals).Sample(
        (options, cacheOptions, arrivals) =>
        {
            var harness = new SchedulerHarness(options, cacheOptions);
            foreach ((int length, int text, int branches, int maxTokens, int priority, int delay, bool abort) in arrivals)
            {
                int[] prompt = [.. Enumerable.Range(0, length).Select(i => (i * text) % 7)];
                Sequence sequence = harness.Add(prompt, new SamplingOptions { MaxTokens = maxTokens }, priority, branches);
                for (int step = 0; step < delay && harness.Scheduler.HasWork; step++)
                    harness.Step();
                if (abort)
                    harness.Scheduler.Abort(sequence);
            }

            harness.RunToEnd();
            foreach (Sequence sequence in harness.Sequences.Where(s => s.FinishReason != FinishReason.Abort))
                Assert.That(sequence.Generated.ToArray(), Is.EqualTo(AnswerAlone(sequence)));
        },
        iter: runs,
        threads: 1);

    private static int[] AnswerAlone(Sequence sequence)
    {
        List<int> tokens = [.. sequence.Prompt];
        int length = Math.Min(tokens.Count + sequence.Sampling.MaxTokens!.Value, MaxModelLength);
        while (tokens.Count < length)
            tokens.Add(SlotModel.Draw(tokens.ToArray(), sequence.Branch));
        return [.. tokens.Skip(sequence.PromptLength)];
    }
}
