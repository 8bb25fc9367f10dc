using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;
using static Paged.Ilgpu.Tests.Reference.ReferenceMath;

namespace Paged.Ilgpu.Tests.Reference;

/// <summary>
/// The demo model's pinned answers, which the tests of engine and program compare with. They come from the plain reference alone. Once the
/// demo model's files have changed, PAGED_WRITE_GOLDEN=1 in the environment writes them anew in place of comparing.
/// </summary>
/// <remarks>
/// Pinned are answers to every third prompt from the second, or the next one where that will not do: its answer must end, be the same in all
/// types, and each of its tokens must lead the second likeliest by more than rounding moves a logit. A closer race would pin a coin's fall.
/// </remarks>
internal sealed class DemoGoldenTests
{
    private const string WritesGolden = "PAGED_WRITE_GOLDEN";
    private const int Count = 16;
    private const int First = 1;
    private const int Stride = 3;
    private const int LongestAnswer = 160;
    private const float LeastLead = 0.4f;

    private static readonly ElementType[] Types = [ElementType.BFloat16, ElementType.Float16, ElementType.Float32];

    private static string Folder => DemoModelFolder.Installed.Path;

    [Test]
    public void pinned_answers_are_those_of_the_reference_in_every_type()
    {
        if (Environment.GetEnvironmentVariable(WritesGolden) is not null)
            Write([.. Choose()]);

        IReadOnlyList<GoldenLine> golden = TrainedModel.Golden(TrainedModel.Demo);
        ITokenizer tokenizer = TokenizerFile.Open(Folder);
        ReferenceModel[] models = OpenInEveryType();
        Assert.That(golden, Has.Count.EqualTo(Count));
        Assert.That(golden.Select(line => line.Prompt), Is.Unique);
        Assert.That(golden.Max(line => line.GreedyTokens.Length), Is.GreaterThan(10 * golden.Min(line => line.GreedyTokens.Length)));
        Assert.That(golden.Max(line => line.PromptTokens.Length + line.GreedyTokens.Length), Is.GreaterThan(128), "attention's partition");
        foreach (GoldenLine line in golden)
        {
            string remedy = $"{line}: once the demo model's files have changed, {WritesGolden}=1 writes the pinned answers anew";
            Assert.That(Encode(line.Prompt, tokenizer), Is.EqualTo(line.PromptTokens), remedy);
            foreach (ReferenceModel model in models)
                Assert.That(model.GenerateGreedy(line.PromptTokens, line.GreedyTokens.Length), Is.EqualTo(line.GreedyTokens), remedy);
            Assert.That(models[^1].GreedyLogits(line.PromptTokens).First()[..16], Is.EqualTo(line.LogitsAfterPromptFirst16).Within(1e-4), remedy);
            Assert.That(tokenizer.Decode(line.GreedyTokens), Is.EqualTo(line.Answer), remedy);
        }
    }

    [Test]
    public void pinned_answers_are_right()
    {
        Dictionary<string, string?> recorded = PromptFile.ReadShareGpt(DemoModelFolder.Installed.Prompts)
            .DistinctBy(prompt => prompt.Prompt.Display)
            .ToDictionary(prompt => prompt.Prompt.Display, prompt => prompt.RecordedAnswer);
        IReadOnlyList<GoldenLine> golden = TrainedModel.Golden(TrainedModel.Demo);
        string[] wrong = [.. golden.Where(line => line.Answer != recorded[line.Prompt]).Select(line => $"{line}: {line.Answer}")];
        Assert.That(wrong, Has.Length.AtMost(1), string.Join('\n', wrong)); // of 16; 95 % is the model's aim
    }

    private static ReferenceModel[] OpenInEveryType()
    {
        using Checkpoint checkpoint = Checkpoint.Open(Folder);
        return [.. Types.Select(type => new ReferenceModel(checkpoint.Config, checkpoint.Weights, type, type))];
    }

    private static int[] Encode(string prompt, ITokenizer tokenizer) =>
        ChatFormat.For(ChatTemplateKind.Auto, Folder, tokenizer).EncodePrompt(prompt);

    private static void Write(GoldenLine[] lines)
    {
        foreach (string folder in (string[])[Path.Combine(RepositoryFiles.Root, "Paged.Ilgpu.Tests"), AppContext.BaseDirectory])
            GoldenFile.Write(Path.Combine(folder, TrainedModel.DemoGolden), lines);
    }

    private static IEnumerable<GoldenLine> Choose()
    {
        ITokenizer tokenizer = TokenizerFile.Open(Folder);
        ReferenceModel[] models = OpenInEveryType();
        IReadOnlyList<PromptRequest> prompts = PromptFile.ReadShareGpt(DemoModelFolder.Installed.Prompts);
        int next = First;
        for (int chosen = 0; chosen < Count; chosen++, next = Math.Max(next, First + (chosen * Stride)))
        {
            GoldenLine? line;
            do
                line = Pin(prompts[next++].Prompt.Display, tokenizer, models);
            while (line is null);
            yield return line;
        }
    }

    private static GoldenLine? Pin(string prompt, ITokenizer tokenizer, ReferenceModel[] models)
    {
        int[] promptTokens = Encode(prompt, tokenizer);
        int[]?[] answers = [.. models.Select(model => SureAnswer(model, promptTokens, tokenizer.StopIds))];
        if (answers[0] is not { } answer || !Array.TrueForAll(answers, other => other is not null && other.SequenceEqual(answer)))
            return null;
        return new GoldenLine(prompt, promptTokens, answer, models[^1].GreedyLogits(promptTokens).First()[..16], tokenizer.Decode(answer));
    }

    private static int[]? SureAnswer(ReferenceModel model, int[] prompt, IReadOnlyList<int> stopIds)
    {
        List<int> answer = [];
        foreach (float[] logits in model.GreedyLogits(prompt).Take(LongestAnswer))
        {
            int likeliest = ArgMax(logits);
            if (logits[likeliest] - logits.Where((_, id) => id != likeliest).Max() < LeastLead)
                return null;
            answer.Add(likeliest);
            if (stopIds.Contains(likeliest))
                return [.. answer];
        }

        return null;
    }
}
