using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Config;

public class GenerationConfigJsonTests
{
    // Llama 3.1 8B Instruct's, as published.
    private const string Llama31 =
        """
        {"bos_token_id": 128000, "do_sample": true, "eos_token_id": [128001, 128008, 128009], "temperature": 0.6, "top_p": 0.9,
         "transformers_version": "4.42.3"}
        """;

    [Test]
    public void a_published_file_gives_its_defaults()
    {
        GenerationDefaults defaults = Read(Llama31);
        Assert.Multiple(() =>
        {
            Assert.That(defaults.Temperature, Is.EqualTo(0.6));
            Assert.That(defaults.TopP, Is.EqualTo(0.9));
            Assert.That(defaults.TopK, Is.Null);
            Assert.That(defaults.EndOfTextIds, Is.EqualTo(new[] { 128001, 128008, 128009 }));
        });
    }

    [Test]
    public void what_is_not_drawn_is_the_likeliest() =>
        Assert.That(Read("""{"do_sample": false, "temperature": 0.7}""").Temperature, Is.Zero);

    [Test]
    public void a_folder_without_the_file_says_nothing()
    {
        using var folder = new TestFolder();
        GenerationDefaults defaults = GenerationConfigJson.Read(folder.Path);
        Assert.That((defaults.Temperature, defaults.TopP, defaults.EndOfTextIds.Count), Is.EqualTo(((double?)null, (double?)null, 0)));
    }

    [Test]
    public void a_meta_release_within_a_download_has_it_above()
    {
        using var folder = new TestFolder();
        folder.Write("generation_config.json", Llama31);
        Assert.That(GenerationConfigJson.Read(Path.Combine(folder.Path, "original")).Temperature, Is.EqualTo(0.6));
    }

    [TestCase("""{"temperature": -1}""", "'temperature' to -1")]
    [TestCase("""{"temperature": 1e999}""", "temperature")]
    [TestCase("""{"top_p": 0}""", "'top_p' to 0")]
    [TestCase("""{"top_k": 1.5}""", "'top_k' to 1.5")]
    [TestCase("""{"min_p": "little"}""", "'min_p' to 'little'")]
    [TestCase("""{"do_sample": 1}""", "'do_sample' to 1")]
    [TestCase("""{"eos_token_id": "end"}""", "'eos_token_id' to 'end'")]
    [TestCase("[]", "generation_config.json")]
    public void a_wrong_value_is_named(string json, string message) => Refusal.Of(() => Read(json), "generation_config.json", message);

    private static GenerationDefaults Read(string json)
    {
        using var folder = new TestFolder();
        folder.Write("generation_config.json", json);
        return GenerationConfigJson.Read(folder.Path);
    }
}
