using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>Writes outcomes as lines of the OpenAI batch output form (.jsonl).</summary>
/// <remarks>The form: "Batch" in the OpenAI API reference, "The request output object"; the body is that of a text completion.</remarks>
internal sealed class BatchOutputWriter : IOutcomeWriter, IDisposable
{
    // The file is JSON for programs, not for a page of HTML: letters of all scripts stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _output;
    private readonly string _model;
    private readonly long _createdUnixSeconds;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;

    /// <summary>Begins the file anew.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="model">The model's name, as each line shows it.</param>
    /// <param name="created">When the run began; the same in every line.</param>
    public BatchOutputWriter(Stream output, string model, DateTimeOffset created)
    {
        _output = output;
        _model = model;
        _createdUnixSeconds = created.ToUnixTimeSeconds();
        _json = new Utf8JsonWriter(_line, Options);
        CutTo(0);
    }

    /// <inheritdoc/>
    /// <exception cref="PagedException">The output takes no more; what it holds are whole lines.</exception>
    public void Write(Outcome outcome)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("id", $"batch_req_{outcome.Index}");
        _json.WriteString("custom_id", outcome.CustomId);
        switch (outcome)
        {
            case Answer answer:
                WriteResponse(answer);
                _json.WriteNull("error");
                break;
            case AnswerError error:
                _json.WriteNull("response");
                WriteError(error);
                break;
            default:
                throw new ArgumentException($"No form is known for {outcome.GetType().Name}.", nameof(outcome));
        }

        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        WriteLine();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _output.Dispose();
    }

    private void WriteLine()
    {
        long start = _output.CanSeek ? _output.Position : 0;
        try
        {
            _output.Write(_line.WrittenSpan);
            _output.Flush();
        }
        catch (IOException fault)
        {
            // A full disk may have taken the first half of the line.
            CutTo(start);
            throw new PagedException($"The answers could not be written any further: {fault.Message}", fault);
        }
    }

    // Pipes have no length, and devices such as /dev/null none that can be set.
    private void CutTo(long length)
    {
        if (_output.CanSeek && _output.Length > length)
            _output.SetLength(length);
    }

    private void WriteResponse(Answer answer)
    {
        _json.WriteStartObject("response");
        _json.WriteNumber("status_code", 200);
        _json.WriteString("request_id", $"req_{answer.Index}");
        _json.WriteStartObject("body");
        _json.WriteString("id", $"cmpl-{answer.Index}");
        _json.WriteString("object", "text_completion");
        _json.WriteNumber("created", _createdUnixSeconds);
        _json.WriteString("model", _model);
        WriteChoice(answer);
        _json.WriteStartObject("usage");
        _json.WriteNumber("prompt_tokens", answer.PromptTokens);
        _json.WriteNumber("completion_tokens", answer.CompletionTokens);
        _json.WriteNumber("total_tokens", answer.PromptTokens + answer.CompletionTokens);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void WriteChoice(Answer answer)
    {
        _json.WriteStartArray("choices");
        _json.WriteStartObject();
        _json.WriteNumber("index", 0);
        _json.WriteString("text", answer.Text);
        _json.WriteNull("logprobs");
        _json.WriteString("finish_reason", answer.FinishReason);
        if (answer.TokenIds is not null)
        {
            _json.WriteStartArray("token_ids");
            foreach (int id in answer.TokenIds)
                _json.WriteNumberValue(id);
            _json.WriteEndArray();
        }

        _json.WriteEndObject();
        _json.WriteEndArray();
    }

    private void WriteError(AnswerError error)
    {
        _json.WriteStartObject("error");
        _json.WriteString("code", error.Code);
        _json.WriteString("message", error.Message);
        _json.WriteEndObject();
    }
}
