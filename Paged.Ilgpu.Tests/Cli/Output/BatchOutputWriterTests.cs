using System.Text;
using System.Text.Json;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

internal sealed class BatchOutputWriterTests
{
    private static readonly DateTimeOffset Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Test]
    public void an_answer_is_a_line_of_the_batch_output_form()
    {
        string line = Write(Answer(3, " größer 🦙 <b>\n") with { CachedTokens = 8 });
        Assert.That(line, Is.EqualTo(
            """{"id":"batch_req_3","custom_id":"request-3","response":{"status_code":200,"request_id":"req_3","body":{"id":"cmpl-3","object":"text_completion","created":1700000000,"model":"stories","choices":[{"index":0,"text":" größer \uD83E\uDD99 <b>\n","logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":8}}}},"error":null}""" + "\n"));
    }

    [Test]
    public void an_answer_of_a_chat_is_a_message()
    {
        string line = Write(Answer(0, "a", "b") with { IsChat = true });
        Assert.That(line, Does.Contain(
            """
            "body":{"id":"chatcmpl-0","object":"chat.completion","created":1700000000,"model":"stories","choices":[{"index":0,"message":{"role":"assistant","content":"a","refusal":null},"logprobs":null,"finish_reason":"length"},{"index":1,"message":{"role":"assistant","content":"b","refusal":null},"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,
            """));
    }

    [Test]
    public void token_ids_are_written_where_they_were_asked_for()
    {
        Answer answer = Answer(0, "a");
        Assert.That(Write(answer), Does.Not.Contain("token_ids"));
        Assert.That(
            Write(answer with { Choices = [answer.Choices[0] with { ShowsTokenIds = true }] }),
            Does.Contain(""" "finish_reason":"length","token_ids":[5,6]} """.Trim()));
    }

    [Test]
    public void log_probabilities_of_a_text_are_lists_side_by_side()
    {
        string line = Write(WithLogProbabilities(Answer(0, "aé")));
        Assert.That(line, Does.Contain(
            """
            "logprobs":{"tokens":["a","bytes:\\xc3","bytes:\\xa9"],"token_logprobs":[-0.5,-2,-9999],"top_logprobs":[{"b":-0.25,"a":-0.5},{"bytes:\\xc3":-2},{"bytes:\\xa9":-9999}],"text_offset":[0,1,2]}
            """.Trim()));
    }

    [Test]
    public void log_probabilities_of_a_chat_have_the_bytes_of_each_token()
    {
        string line = Write(WithLogProbabilities(Answer(0, "aé")) with { IsChat = true });
        Assert.That(line, Does.Contain(
            """
            "logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-0.25,"bytes":[98]}]},{"token":"bytes:\\xc3","logprob":-2,"bytes":[195],"top_logprobs":[]},
            """.Trim()));
    }

    [Test]
    public void a_request_that_could_not_be_served_has_what_a_server_answers_and_an_error()
    {
        string line = Write(new AnswerError(1, "request-1", new Refusal("model_not_found", "There is no \"x\".", "model", StatusCode: 404)));
        Assert.That(line, Is.EqualTo(
            """{"id":"batch_req_1","custom_id":"request-1","response":{"status_code":404,"request_id":"req_1","body":{"error":{"message":"There is no \"x\".","type":"invalid_request_error","param":"model","code":"model_not_found"}}},"error":{"code":"model_not_found","message":"There is no \"x\"."}}""" + "\n"));
    }

    [Test]
    public void a_line_without_a_name_has_none()
    {
        string line = Write(new AnswerError(4, CustomId: null, new Refusal("malformed_line", "?")));
        Assert.That(line, Does.StartWith("""{"id":"batch_req_4","custom_id":null,"response":{"status_code":400,"""));
    }

    [Test]
    public void each_line_is_there_whole_as_soon_as_it_is_written()
    {
        using var output = new MemoryStream();
        using var writer = new BatchOutputWriter(output, "stories", Created);
        for (int i = 0; i < 3; i++)
        {
            writer.Write(Answer(i, "a\nb"));
            string[] lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
            Assert.That(lines, Has.Length.EqualTo(i + 2));
            Assert.That(lines[^1], Is.Empty);
            Assert.That(() => JsonDocument.Parse(lines[i]).Dispose(), Throws.Nothing);
        }
    }

    [Test]
    public void a_line_that_the_disk_could_not_hold_leaves_no_half()
    {
        using var output = new SmallDisk(capacity: 600);
        using var writer = new BatchOutputWriter(output, "stories", Created);
        writer.Write(Answer(0, "a"));
        long afterFirst = output.Length;
        Assert.That(() => writer.Write(Answer(1, "a")),
            Throws.TypeOf<PagedException>().With.Message.Contains("disk is full"));
        Assert.That(output.Length, Is.EqualTo(afterFirst));
    }

    [Test]
    public void what_an_earlier_run_wrote_is_kept_as_far_as_it_is_whole()
    {
        using var output = new MemoryStream();
        output.Write("whole\ntor"u8);
        using var writer = new BatchOutputWriter(output, "stories", Created, keptBytes: 6);
        writer.Write(Answer(0, "a"));
        Assert.That(Encoding.UTF8.GetString(output.ToArray()), Does.StartWith("whole\n{\"id\":").And.EndsWith("}\n"));
    }

    private static Answer Answer(int index, params string[] texts) => new(
        index, $"request-{index}", [.. texts.Select(text => new AnswerChoice(text, [5, 6], "length"))], PromptTokens: 10, CachedTokens: 0);

    private static Answer WithLogProbabilities(Answer answer)
    {
        LikelyToken first = new("bytes:\\xc3", [0xC3], -2);
        LikelyToken second = new("bytes:\\xa9", [0xA9], float.NegativeInfinity);
        return answer with
        {
            Choices =
            [
                answer.Choices[0] with
                {
                    LogProbabilities =
                    [
                        new LikelyTokens(new("a", [97], -0.5f), [new("b", [98], -0.25f)]),
                        new LikelyTokens(first, []),
                        new LikelyTokens(second, []),
                    ],
                },
            ],
        };
    }

    private static string Write(Outcome outcome)
    {
        using var output = new MemoryStream();
        using var writer = new BatchOutputWriter(output, "stories", Created);
        writer.Write(outcome);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>Takes bytes up to a capacity and then fails in the midst of a write, as a file system does.</summary>
    private sealed class SmallDisk(int capacity) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            int room = capacity - (int)Position;
            base.Write(buffer[..Math.Min(room, buffer.Length)]);
            if (room < buffer.Length)
                throw new IOException("The disk is full.");
        }
    }
}
