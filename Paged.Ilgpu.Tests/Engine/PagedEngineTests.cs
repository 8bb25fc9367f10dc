using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

public sealed class PagedEngineTests
{
    private static readonly LlamaConfig Config = RandomLlama.Shape(maxPositions: 64);

    private TestDevice _device = null!;

    [OneTimeSetUp]
    public void Open() => _device = TestDevice.Open("cpu", 1);

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    [Test]
    public async Task Answers_come_as_they_end_and_are_those_of_the_reference()
    {
        using IWeightSource weights = RandomLlama.Weights(Config, seed: 5);
        using PagedEngine engine = Make(weights, new EngineOptions { BlockCount = 16, CheckInvariants = true });
        var reference = new ReferenceModel(Config, weights, ElementType.Float32, ElementType.Float32);
        int[][] prompts = [[1, 2, 3], [7], [9, 8, 7, 6, 5, 4, 3]];
        int[] lengths = [9, 3, 6];

        var completions = new List<Completion>();
        await foreach (Completion completion in engine.GenerateAsync(
            prompts.Zip(lengths, (prompt, length) => (prompt, new SamplingOptions { MaxTokens = length }))))
        {
            completions.Add(completion);
        }

        Assert.That(completions.Select(completion => completion.Id), Is.EqualTo(new[] { 2, 3, 1 }), "the shortest ends first");
        foreach (Completion completion in completions)
        {
            int index = (int)completion.Id - 1;
            Assert.That(completion.TokenIds, Is.EqualTo(reference.GenerateGreedy(prompts[index], lengths[index])));
            Assert.That(completion.PromptTokens, Is.EqualTo(prompts[index].Length));
        }
    }

    [Test]
    public void A_stop_id_ends_an_answer_and_is_its_last_token()
    {
        using IWeightSource weights = RandomLlama.Weights(Config, seed: 5);
        int[] answer = new ReferenceModel(Config, weights, ElementType.Float32, ElementType.Float32).GenerateGreedy([1, 2, 3], 8);
        using PagedEngine engine = Make(weights, new EngineOptions { BlockCount = 16 });
        engine.Add([1, 2, 3], new SamplingOptions { StopTokenIds = [answer[4]] });
        Completion completion = Drain(engine).Single();
        int end = Array.IndexOf(answer, answer[4]);
        Assert.That(completion.TokenIds, Is.EqualTo(answer[..(end + 1)]));
    }

    [Test]
    public void An_aborted_request_frees_its_blocks_and_harms_no_other()
    {
        using IWeightSource weights = RandomLlama.Weights(Config, seed: 5);
        int[] expected = new ReferenceModel(Config, weights, ElementType.Float32, ElementType.Float32).GenerateGreedy([7], 6);
        using PagedEngine engine = Make(weights, new EngineOptions { BlockCount = 16, EnablePrefixCaching = false, CheckInvariants = true });
        long unwanted = engine.Add([1, 2, 3], new SamplingOptions { MaxTokens = 40 });
        long wanted = engine.Add([7], new SamplingOptions { MaxTokens = 6 });
        engine.Step();
        engine.Abort(unwanted);
        engine.Abort(unwanted);
        Assert.That(engine.Usage.OwnedBlocks, Is.EqualTo(1), "blocks of the request that goes on");
        Completion completion = Drain(engine).Single();
        Assert.That(completion.Id, Is.EqualTo(wanted));
        Assert.That(completion.TokenIds, Is.EqualTo(expected));
        engine.Abort(wanted);
        Assert.That(engine.Usage.OwnedBlocks, Is.Zero);
    }

    [Test]
    public void The_device_has_its_next_step_before_the_caller_goes_on()
    {
        using IWeightSource weights = RandomLlama.Weights(Config, seed: 5);
        using PagedEngine engine = Make(weights, new EngineOptions { BlockCount = 16, CheckInvariants = true });
        engine.Add([1, 2, 3], new SamplingOptions { MaxTokens = 4 });
        engine.Step();
        Assert.That(engine.Statistics.Steps, Is.EqualTo(2), "steps given to the device");
        Assert.That(engine.Statistics.GeneratedTokens, Is.EqualTo(1), "tokens known");
        engine.Add([7], new SamplingOptions { MaxTokens = 4 });
        engine.Step();
        engine.Step();
        Assert.That(engine.Statistics.GeneratedTokens, Is.EqualTo(4), "the second request joined the third step");
        Assert.That(Drain(engine).Select(completion => completion.TokenIds.Count), Is.All.EqualTo(4));
        Assert.That(engine.Statistics.Steps, Is.EqualTo(6), "none was begun that nobody needed");
    }

    [Test]
    public void A_step_of_which_all_was_aborted_harms_no_later_one()
    {
        using IWeightSource weights = RandomLlama.Weights(Config, seed: 5);
        int[] expected = new ReferenceModel(Config, weights, ElementType.Float32, ElementType.Float32).GenerateGreedy([7], 6);
        using PagedEngine engine = Make(weights, new EngineOptions { BlockCount = 16, CheckInvariants = true });
        long unwanted = engine.Add([1, 2, 3], new SamplingOptions { MaxTokens = 40 });
        engine.Step();
        engine.Abort(unwanted);
        Assert.That(engine.HasWork, Is.False);
        engine.Add([7], new SamplingOptions { MaxTokens = 6 });
        Assert.That(Drain(engine).Single().TokenIds, Is.EqualTo(expected));
    }

    [Test]
    public void A_logit_that_is_not_a_number_is_an_error()
    {
        LlamaConfig config = Config with { RmsNormEpsilon = float.NaN };
        using IWeightSource weights = RandomLlama.Weights(config, seed: 5);
        using var engine = new PagedEngine(
            _device.Accelerator, config, weights, ElementType.Float32, new EngineOptions { BlockCount = 16, GroupSize = 1 });
        engine.Add([1], new SamplingOptions { MaxTokens = 1 });
        Refusal.Of(() => engine.Step(), "not a number");
    }

    [Test]
    public void A_token_that_the_vocabulary_does_not_have_is_refused()
    {
        using IWeightSource weights = RandomLlama.Weights(Config, seed: 5);
        using PagedEngine engine = Make(weights, new EngineOptions { BlockCount = 16 });
        Refusal.Of(() => engine.Add([1, Config.VocabularySize], new SamplingOptions()), $"{Config.VocabularySize}");
    }

    private static IEnumerable<TestCaseData> Nonsense()
    {
        yield return new TestCaseData(new EngineOptions { BlockSize = 12 }, "--block-size) is 12");
        yield return new TestCaseData(new EngineOptions { BlockSize = 0 }, "--block-size) is 0");
        yield return new TestCaseData(new EngineOptions { BlockCount = 0 }, "--num-blocks) is 0");
        yield return new TestCaseData(new EngineOptions { MaxModelLength = 65 }, "--max-model-len) is 65");
        yield return new TestCaseData(new EngineOptions { MemoryUtilization = 1.5 }, "--gpu-memory-utilization) is 1.5");
        yield return new TestCaseData(new EngineOptions { MaxBatchedTokens = 0 }, "--max-num-batched-tokens) is 0");
        yield return new TestCaseData(new EngineOptions { MaxSequences = 0 }, "--max-num-seqs) is 0");
        yield return new TestCaseData(new EngineOptions { KvCacheBytes = 100 }, "at least one block");
    }

    [TestCaseSource(nameof(Nonsense))]
    public void Options_that_make_no_sense_are_named(EngineOptions options, string message)
    {
        using IWeightSource weights = RandomLlama.Weights(Config, seed: 5);
        Refusal.Of(() => Make(weights, options), message);
    }

    private PagedEngine Make(IWeightSource weights, EngineOptions options) =>
        new(_device.Accelerator, Config, weights, ElementType.Float32, options with { GroupSize = 1 });

    private static List<Completion> Drain(PagedEngine engine)
    {
        var completions = new List<Completion>();
        while (engine.HasWork)
            completions.AddRange(engine.Step());
        return completions;
    }
}
