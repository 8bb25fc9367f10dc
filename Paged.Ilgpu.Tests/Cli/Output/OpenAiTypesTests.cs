using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using OpenAI.Chat;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

/// <summary>The types of the OpenAI .NET client read the bodies of our responses.</summary>
internal sealed class OpenAiTypesTests
{
    [Test]
    public void a_chat_completion_is_read_with_all_its_parts()
    {
        var tokens = new LikelyTokens(new LikelyToken(" two", [32, 116, 119, 111], -0.5f), [new LikelyToken(" 2", [32, 50], -1.5f)]);
        ChatCompletion read = Read(new Answer(
            7,
            "custom",
            [
                new AnswerChoice(" two 🦙", [5, 6, 9], "stop") { LogProbabilities = [tokens], ShowsTokenIds = true },
                new AnswerChoice("three", [5], "length"),
            ],
            PromptTokens: 12,
            CachedTokens: 8)
        {
            IsChat = true,
        });
        Assert.Multiple(() =>
        {
            Assert.That(read.Id, Is.EqualTo("chatcmpl-7"));
            Assert.That(read.Model, Is.EqualTo("stories"));
            Assert.That(read.CreatedAt, Is.EqualTo(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)));
            Assert.That(read.Role, Is.EqualTo(ChatMessageRole.Assistant));
            Assert.That(read.Content[0].Text, Is.EqualTo(" two 🦙"));
            Assert.That(read.FinishReason, Is.EqualTo(ChatFinishReason.Stop));
            Assert.That(read.Refusal, Is.Null);
            Assert.That(read.Usage.InputTokenCount, Is.EqualTo(12));
            Assert.That(read.Usage.OutputTokenCount, Is.EqualTo(4));
            Assert.That(read.Usage.TotalTokenCount, Is.EqualTo(16));
            Assert.That(read.Usage.InputTokenDetails.CachedTokenCount, Is.EqualTo(8));
            ChatTokenLogProbabilityDetails details = read.ContentTokenLogProbabilities.Single();
            Assert.That((details.Token, details.LogProbability), Is.EqualTo((" two", -0.5f)));
            Assert.That(details.Utf8Bytes?.ToArray(), Is.EqualTo(" two"u8.ToArray()));
            Assert.That(details.TopLogProbabilities.Single().Token, Is.EqualTo(" 2"));
        });
    }

    [Test]
    public void an_answer_cut_by_its_length_says_so() =>
        Assert.That(
            Read(new Answer(0, "a", [new AnswerChoice("", [1], "length")], 1, 0) { IsChat = true }).FinishReason, Is.EqualTo(ChatFinishReason.Length));

    private static ChatCompletion Read(Answer answer)
    {
        using var output = new MemoryStream();
        using var writer = new BatchOutputWriter(output, "stories", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        writer.Write(answer);
        using var line = JsonDocument.Parse(output.ToArray());
        string body = line.RootElement.GetProperty("response").GetProperty("body").GetRawText();
        return ModelReaderWriter.Read<ChatCompletion>(BinaryData.FromBytes(Encoding.UTF8.GetBytes(body)))!;
    }
}
