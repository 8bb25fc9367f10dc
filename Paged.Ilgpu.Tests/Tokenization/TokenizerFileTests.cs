using System.Text;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

internal sealed class TokenizerFileTests
{
    private string _folder = "";

    private string ModelPath => Path.Combine(_folder, "tokenizer.model");

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("paged-tokenizer-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void the_two_kinds_are_told_apart_by_content()
    {
        File.WriteAllBytes(ModelPath, SmallVocabulary.Tiktoken());
        Assert.Multiple(() =>
        {
            Assert.That(TokenizerFile.Open(_folder), Is.TypeOf<TiktokenModel>());
            Assert.That(TokenizerFile.Open(SharedData.Path("stories260K/meta")), Is.TypeOf<SentencePieceModel>());
        });
    }

    [Test]
    public void a_file_in_the_folder_original_is_found()
    {
        string original = Directory.CreateDirectory(Path.Combine(_folder, "original")).FullName;
        File.WriteAllBytes(Path.Combine(original, "tokenizer.model"), SmallVocabulary.Tiktoken());
        Assert.That(TokenizerFile.Open(_folder), Is.TypeOf<TiktokenModel>());
    }

    [Test]
    public void windows_line_ends_and_a_missing_last_one_are_understood()
    {
        string text = Encoding.ASCII.GetString(SmallVocabulary.Tiktoken("he"));
        File.WriteAllText(ModelPath, text.TrimEnd().ReplaceLineEndings("\r\n"));
        Assert.That(TokenizerFile.Open(_folder).Encode("he", addBeginOfText: false), Is.EqualTo(new[] { 256 }));
    }

    [Test]
    public void empty_lines_are_passed_over()
    {
        string text = Encoding.ASCII.GetString(SmallVocabulary.Tiktoken("he"));
        File.WriteAllText(ModelPath, text.Replace("\nEQ==", "\n\n \nEQ=="));
        Assert.That(TokenizerFile.Open(_folder).Encode("he", addBeginOfText: false), Is.EqualTo(new[] { 256 }));
    }

    [Test]
    public void a_missing_file_is_named() => AssertRefused("There is no tokenizer.json or tokenizer.model");

    [TestCase("", "is empty")]
    [TestCase("{\"version\": \"1.0\"}", "begins with the bytes 7B")]
    [TestCase("version https://git-lfs.github.com/spec/v1\n", "begins with the bytes 76")]
    [TestCase("IQ== 0\nIQ== zero\n", "line 2")]
    [TestCase("IQ== 0\n!!!! 1\n", "line 2")]
    [TestCase("IQ== 0\nIg== 0\n", "rank 0")]
    [TestCase("IQ== 0\nIg== 2\n", "rank 2")]
    [TestCase("IQ== 0\nIg== 99999999999\n", "line 2")]
    [TestCase("IQ== 0\n", "0x00 has no token")]
    [TestCase("\n\n", "damaged")]
    public void a_damaged_file_is_refused_in_one_sentence(string content, string expected)
    {
        File.WriteAllText(ModelPath, content);
        AssertRefused(expected);
    }

    [Test]
    public void a_truncated_sentencepiece_model_is_refused()
    {
        byte[] whole = File.ReadAllBytes(SharedData.Path("stories260K/meta/tokenizer.model"));
        File.WriteAllBytes(ModelPath, whole[..(whole.Length / 2)]);
        AssertRefused("damaged");
    }

    [Test]
    public void mutated_files_are_refused_or_usable()
    {
        const int Seed = 20260117;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        byte[][] originals = [File.ReadAllBytes(SharedData.Path("stories260K/meta/tokenizer.model")), SmallVocabulary.Tiktoken("he", "llo")];
        for (int round = 0; round < 400; round++)
        {
            byte[] content = [.. originals[round % 2]];
            for (int change = random.Next(1, 8); change > 0; change--)
                content[random.Next(content.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                content = content[..random.Next(content.Length)];
            File.WriteAllBytes(ModelPath, content);
            try
            {
                ITokenizer tokenizer = TokenizerFile.Open(_folder);
                int[] ids = tokenizer.Encode("Hello, wörld 🦙", addBeginOfText: true);
                Assert.That(ids, Has.All.InRange(0, tokenizer.VocabularySize - 1));
                Assert.That(tokenizer.Decode(ids), Is.Not.Null);
            }
            catch (PagedException refused)
            {
                Assert.That(refused.Message, Does.Contain(ModelPath));
            }
        }
    }

    private void AssertRefused(string expected) =>
        Assert.That(() => TokenizerFile.Open(_folder), Throws.TypeOf<PagedException>().With.Message.Contains(expected));
}
