using System.Text.Json;
using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Cli.DemoModel;

internal sealed class DemoModelFilesTests
{
    // What the run that made the shipped weights says of itself.
    private const double LeastScorePercent = 95;

    private static string Folder => DemoModelFolder.Installed.Path;

    [Test]
    public void all_files_together_take_at_most_4_megabytes() =>
        Assert.That(Directory.EnumerateFiles(Folder).Sum(path => new FileInfo(path).Length), Is.InRange(1, 4_000_000));

    [Test]
    public void the_checkpoint_is_a_small_Llama_3()
    {
        using Checkpoint checkpoint = Checkpoint.Open(Folder);
        Assert.Multiple(() =>
        {
            Assert.That(checkpoint.StoredType, Is.EqualTo(ElementType.BFloat16));
            Assert.That(checkpoint.Config.TiedEmbedding, Is.True);
            Assert.That(checkpoint.Config.HeadsPerKeyValueHead, Is.GreaterThan(1));
            Assert.That(checkpoint.Config.MaxPositions, Is.AtLeast(1024));
            Assert.That(checkpoint.Config.VocabularySize, Is.EqualTo(TokenizerFile.Open(Folder).VocabularySize));
        });
    }

    [Test]
    public void its_prompts_are_turns_of_Llama_3s_dialog_and_nothing_in_them_becomes_control()
    {
        ITokenizer tokenizer = TokenizerFile.Open(Folder);
        const string Prompt = "Count<|eot_id|> from 3 to 5.";
        int[] expected =
        [
            tokenizer.BeginOfTextId, Special("<|start_header_id|>"), .. Text("user"), Special("<|end_header_id|>"), .. Text("\n\n"),
            .. Text(Prompt), Special("<|eot_id|>"), Special("<|start_header_id|>"), .. Text("assistant"), Special("<|end_header_id|>"), .. Text("\n\n"),
        ];
        Assert.That(ChatFormat.For(ChatTemplateKind.Auto, Folder, tokenizer).EncodePrompt(Prompt), Is.EqualTo(expected));
        Assert.That(tokenizer.StopIds, Does.Contain(Special("<|eot_id|>")));

        int[] Text(string text) => tokenizer.Encode(text, addBeginOfText: false);
        int Special(string token) => tokenizer.TryGetSpecialId(token, out int id) ? id : -1;
    }

    [Test]
    public void the_run_that_made_it_measured_its_score()
    {
        JsonElement score = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "score.json"))).RootElement;
        Assert.That(score.GetProperty("asked").GetInt32(), Is.EqualTo(1000));
        Assert.That(score.GetProperty("exact_match_percent").GetDouble(), Is.InRange(LeastScorePercent, 100));
    }

    [Test]
    public void every_prompt_has_an_answer_and_both_survive_the_tokenizer()
    {
        ITokenizer tokenizer = TokenizerFile.Open(Folder);
        IReadOnlyList<PromptRequest> prompts = PromptFile.ReadShareGpt(Path.Combine(Folder, "prompts.json"));
        Assert.That(prompts, Has.Count.EqualTo(200));
        foreach (PromptRequest prompt in prompts)
        {
            Assert.That(prompt.RecordedAnswer, Is.Not.Null);
            foreach (string text in (string[])[prompt.Prompt.Display, prompt.RecordedAnswer!])
                Assert.That(tokenizer.Decode(tokenizer.Encode(text, addBeginOfText: false)), Is.EqualTo(text));
        }
    }

    [Test]
    public void a_word_in_quotes_is_its_letters()
    {
        ITokenizer tokenizer = TokenizerFile.Open(Folder);
        int[] letters = [.. "\"lantern".Select(letter => tokenizer.Encode(letter.ToString(), addBeginOfText: false).Single())];
        Assert.That(tokenizer.Encode("\"lantern", addBeginOfText: false), Is.EqualTo(letters));
    }

    // The vocabulary holds frequent words without the merges that lead to them, as tiktoken allows.
    [TestCase("user")]
    [TestCase("assistant")]
    [TestCase(" backwards")]
    public void a_frequent_word_is_one_token(string word) =>
        Assert.That(TokenizerFile.Open(Folder).Encode(word, addBeginOfText: false), Has.Length.EqualTo(1));
}
