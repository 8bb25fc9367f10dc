using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>Writes outcomes as lines of the OpenAI batch output form (.jsonl).</summary>
/// <remarks>
/// The form: "Batch" in the OpenAI API reference, "The request output object". A request that cannot be served has both what a server
/// would have answered, as OpenAI writes it, and the error beside it, as vLLM does: a reader may look for either.
/// </remarks>
internal sealed class BatchOutputWriter : IOutcomeWriter, IDisposable
{
    // The file is JSON for programs, not for a page of HTML: letters of all scripts stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _output;
    private readonly ResponseBody _body;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;

    /// <summary>Begins the file anew, or behind what an earlier run has written.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="model">The model's name, as each line shows it.</param>
    /// <param name="created">When the run began; the same in every line.</param>
    /// <param name="keptBytes">Bytes at the file's begin that stay.</param>
    public BatchOutputWriter(Stream output, string model, DateTimeOffset created, long keptBytes = 0)
    {
        _output = output;
        _json = new Utf8JsonWriter(_line, Options);
        _body = new ResponseBody(_json, model, created);
        CutTo(keptBytes);
        if (output.CanSeek)
            output.Position = keptBytes;
    }

    /// <inheritdoc/>
    /// <exception cref="PagedException">The output takes no more; what it holds are whole lines.</exception>
    public void Write(Outcome outcome)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("id", BatchLineId.Of(outcome.Index));
        _json.WriteString("custom_id", outcome.CustomId);
        switch (outcome)
        {
            case Answer answer:
                WriteResponse(outcome.Index, statusCode: 200);
                _body.Write(answer);
                _json.WriteEndObject();
                _json.WriteNull("error");
                break;
            case AnswerError error:
                WriteResponse(outcome.Index, error.Refusal.StatusCode);
                _body.Write(error.Refusal);
                _json.WriteEndObject();
                WriteError(error.Refusal);
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
        catch (Exception fault) when (WriteFault.Is(fault))
        {
            // A full disk may have taken the first half of the line.
            CutTo(start);
            string goingOn = _output.CanSeek ? "; what is there are whole lines, and paged run --resume goes on from them." : "";
            throw new PagedException($"The answers could not be written any further: {fault.Message}{goingOn}", fault);
        }
    }

    // Pipes have no length, and devices such as /dev/null none that can be set.
    private void CutTo(long length)
    {
        if (_output.CanSeek && _output.Length > length)
            _output.SetLength(length);
    }

    private void WriteResponse(int index, int statusCode)
    {
        _json.WriteStartObject("response");
        _json.WriteNumber("status_code", statusCode);
        _json.WriteString("request_id", $"req_{index}");
    }

    private void WriteError(Refusal refusal)
    {
        _json.WriteStartObject("error");
        _json.WriteString("code", refusal.Code);
        _json.WriteString("message", refusal.Message);
        _json.WriteEndObject();
    }
}
