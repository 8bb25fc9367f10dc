using System.Text;
using System.Text.Json;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

internal sealed class BatchOutputWriterTests
{
    private static readonly DateTimeOffset Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Test]
    public void an_answer_is_a_line_of_the_batch_output_form()
    {
        string line = Write(new Answer(3, "request-3", " größer 🦙 <b>\n", [5, 6], "length", PromptTokens: 10, CompletionTokens: 2));
        Assert.That(line, Is.EqualTo(
            """{"id":"batch_req_3","custom_id":"request-3","response":{"status_code":200,"request_id":"req_3","body":{"id":"cmpl-3","object":"text_completion","created":1700000000,"model":"stories","choices":[{"index":0,"text":" größer \uD83E\uDD99 <b>\n","logprobs":null,"finish_reason":"length","token_ids":[5,6]}],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}},"error":null}""" + "\n"));
    }

    [Test]
    public void token_ids_are_left_out_where_they_were_not_asked_for()
    {
        string line = Write(new Answer(0, "request-0", "a", null, "stop", 1, 1));
        Assert.That(line, Does.Not.Contain("token_ids"));
    }

    [Test]
    public void a_request_that_could_not_be_served_is_an_error_line()
    {
        string line = Write(new AnswerError(1, "request-1", "context_length_exceeded", "The prompt has \"600\" tokens."));
        Assert.That(line, Is.EqualTo(
            """{"id":"batch_req_1","custom_id":"request-1","response":null,"error":{"code":"context_length_exceeded","message":"The prompt has \"600\" tokens."}}""" + "\n"));
    }

    [Test]
    public void each_line_is_there_whole_as_soon_as_it_is_written()
    {
        using var output = new MemoryStream();
        using var writer = new BatchOutputWriter(output, "stories", Created);
        for (int i = 0; i < 3; i++)
        {
            writer.Write(new Answer(i, $"request-{i}", "a\nb", null, "stop", 1, 1));
            string[] lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
            Assert.That(lines, Has.Length.EqualTo(i + 2));
            Assert.That(lines[^1], Is.Empty);
            Assert.That(() => JsonDocument.Parse(lines[i]).Dispose(), Throws.Nothing);
        }
    }

    [Test]
    public void a_line_that_the_disk_could_not_hold_leaves_no_half()
    {
        using var output = new SmallDisk(capacity: 500);
        using var writer = new BatchOutputWriter(output, "stories", Created);
        writer.Write(new Answer(0, "request-0", "a", null, "stop", 1, 1));
        long afterFirst = output.Length;
        Assert.That(() => writer.Write(new Answer(1, "request-1", "a", null, "stop", 1, 1)),
            Throws.TypeOf<PagedException>().With.Message.Contains("disk is full"));
        Assert.That(output.Length, Is.EqualTo(afterFirst));
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
