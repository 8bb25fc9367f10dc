using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Cli.DemoModel;

internal sealed class DemoModelFilesTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "DemoModel");

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
            Assert.That(checkpoint.Config.MaxPositions, Is.EqualTo(1024));
            Assert.That(checkpoint.Config.VocabularySize, Is.EqualTo(TokenizerFile.Open(Folder).VocabularySize));
        });
    }

    [Test]
    public void its_prompts_are_turns_of_a_dialog() =>
        Assert.That(ChatFormat.For(ChatTemplateKind.Auto, Folder, TokenizerFile.Open(Folder)).IsDialog, Is.True);

    [Test]
    public void every_prompt_has_an_answer_and_both_survive_the_tokenizer()
    {
        ITokenizer tokenizer = TokenizerFile.Open(Folder);
        IReadOnlyList<PromptRequest> prompts = PromptFile.Read(Path.Combine(Folder, "prompts.json"));
        Assert.That(prompts, Has.Count.EqualTo(200));
        foreach (PromptRequest prompt in prompts)
        {
            Assert.That(prompt.RecordedAnswer, Is.Not.Null);
            foreach (string text in (string[])[prompt.Prompt, prompt.RecordedAnswer!])
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
