using System.Text;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Cli.Input;

/// <summary>Bodies of requests: what each field means, and which values are refused.</summary>
internal sealed class RequestBodyTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";
    private const string Hello = "\"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]";

    private static readonly SamplingOptions Defaults = new() { MaxTokens = 7, Temperature = 0.5, Seed = 3, StopStrings = ["."] };
    private static readonly ServedModel Model = new(["tiny"], VocabularySize: 512, Defaults);

    [Test]
    public void every_field_of_sampling_is_passed_on()
    {
        PromptRequest request = Read(Completions, """
            "prompt": "x", "model": "tiny", "max_tokens": 9, "min_tokens": 2, "temperature": 1.5, "top_p": 0.9, "top_k": 40, "min_p": 0.1,
            "repetition_penalty": 1.1, "presence_penalty": -1, "frequency_penalty": 2, "seed": -5, "n": 3, "stop": ["a", "b"],
            "stop_token_ids": [5, 6], "ignore_eos": true, "include_stop_str_in_output": true, "logprobs": 4, "logit_bias": {"7": -100, "8": 0.5},
            "priority": -2, "skip_special_tokens": false, "return_token_ids": true, "truncate_prompt_tokens": 11
            """);
        SamplingOptions sampling = request.Sampling!;
        Assert.Multiple(() =>
        {
            Assert.That(sampling.StopStrings, Is.EqualTo(new[] { "a", "b" }));
            Assert.That(sampling.StopTokenIds, Is.EqualTo(new[] { 5, 6 }));
            Assert.That(sampling.LogitBias, Is.EquivalentTo(new Dictionary<int, float> { [7] = -100, [8] = 0.5f }));
            Assert.That(sampling, Is.EqualTo(new SamplingOptions
            {
                MaxTokens = 9,
                MinTokens = 2,
                Temperature = 1.5,
                TopP = 0.9,
                TopK = 40,
                MinP = 0.1,
                RepetitionPenalty = 1.1,
                PresencePenalty = -1,
                FrequencyPenalty = 2,
                Seed = -5,
                IgnoreEos = true,
                IncludesStopString = true,
                LogProbabilities = 4,
                StopStrings = sampling.StopStrings,
                StopTokenIds = sampling.StopTokenIds,
                LogitBias = sampling.LogitBias,
            }));
            Assert.That(request.AnswerCount, Is.EqualTo(3));
            Assert.That(request.Priority, Is.EqualTo(-2));
            Assert.That(request.KeptTokens, Is.EqualTo(11));
            Assert.That(request.Form, Is.EqualTo(new AnswerForm(IsChat: false, ShowsSpecialTokens: true, ReturnsTokenIds: true)));
        });
    }

    [Test]
    public void what_a_request_does_not_say_is_as_the_command_line_says()
    {
        Assert.That(Read(Completions, "\"prompt\": \"x\"").Sampling, Is.EqualTo(Defaults));
        Assert.That(Read(Completions, "\"prompt\": \"x\", \"temperature\": null").Sampling, Is.EqualTo(Defaults));
        Assert.That(Read(Completions, "\"prompt\": \"x\", \"stop\": []").Sampling!.StopStrings, Is.Empty);
        Assert.That(Read(Completions, "\"prompt\": \"x\", \"stop\": \"b\"").Sampling!.StopStrings, Is.EqualTo(new[] { "b" }));
        Assert.That(Read(Chat, $"{Hello}, \"max_completion_tokens\": 4, \"top_k\": -1").Sampling, Is.EqualTo(Defaults with { MaxTokens = 4 }));
    }

    [TestCase("", ExpectedResult = null)]
    [TestCase(", \"logprobs\": true", ExpectedResult = 0)]
    [TestCase(", \"logprobs\": true, \"top_logprobs\": 5", ExpectedResult = 5)]
    [TestCase(", \"logprobs\": false", ExpectedResult = null)]
    public int? a_chat_asks_for_log_probabilities_with_two_fields(string fields) => Read(Chat, Hello + fields).Sampling!.LogProbabilities;

    [Test]
    public void a_prompt_is_a_text_or_token_ids_or_an_array_of_one_of_them()
    {
        Assert.That(Read(Completions, "\"prompt\": \"\\ud83e\\udd99\"").Prompt, Is.EqualTo(new TextPrompt("🦙")));
        Assert.That(Read(Completions, "\"prompt\": [\"x\"]").Prompt, Is.EqualTo(new TextPrompt("x")));
        Assert.That(((TokenPrompt)Read(Completions, "\"prompt\": [0, 511]").Prompt).Ids, Is.EqualTo(new[] { 0, 511 }));
        Assert.That(((TokenPrompt)Read(Completions, "\"prompt\": [[7]]").Prompt).Ids, Is.EqualTo(new[] { 7 }));
    }

    [Test]
    public void a_chat_has_turns_of_text_or_of_parts_that_are_text()
    {
        PromptRequest request = Read(Chat, """
            "messages": [
              {"role": "developer", "content": "Be brief."},
              {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}], "name": "Ann"},
              {"role": "assistant", "content": "three", "refusal": null},
              {"role": "user", "content": ""}]
            """);
        Assert.That(((DialogPrompt)request.Prompt).Turns, Is.EqualTo(new ChatTurn[]
        {
            new("system", "Be brief."), new("user", "one\ntwo"), new("assistant", "three"), new("user", ""),
        }));
        Assert.That(request.Form.IsChat, Is.True);
    }

    [Test]
    public void fields_that_ask_for_nothing_are_no_fault() => Assert.That(
        () => Read(Chat, Hello + """
            , "user": "u", "metadata": {"a": "b"}, "store": true, "service_tier": "auto", "stream": false, "response_format": {"type": "text"},
            "tools": [], "tool_choice": "none", "parallel_tool_calls": true, "stream_options": null, "modalities": ["text"]
            """),
        Throws.Nothing);

    [TestCase("temperature", "-0.1", "a number from 0 to 2")]
    [TestCase("temperature", "2.1", "a number from 0 to 2")]
    [TestCase("temperature", "\"hot\"", "a number from 0 to 2")]
    [TestCase("temperature", "1e999", "a number from 0 to 2")]
    [TestCase("top_p", "0", "a number above 0, up to 1")]
    [TestCase("top_p", "1.01", "a number above 0, up to 1")]
    [TestCase("top_k", "-2", "a whole number, at least -1")]
    [TestCase("top_k", "1.5", "a whole number, at least -1")]
    [TestCase("min_p", "-1", "a number from 0 to 1")]
    [TestCase("repetition_penalty", "0", "a number above 0")]
    [TestCase("presence_penalty", "2.5", "a number from -2 to 2")]
    [TestCase("frequency_penalty", "-3", "a number from -2 to 2")]
    [TestCase("seed", "1.5", "a whole number from -9223372036854775808 to 9223372036854775807")]
    [TestCase("seed", "9223372036854775808", "a whole number from")]
    [TestCase("n", "0", "a whole number from 1 to 128")]
    [TestCase("n", "129", "a whole number from 1 to 128")]
    [TestCase("max_tokens", "0", "a whole number, at least 1")]
    [TestCase("max_tokens", "99999999999", "a whole number, at least 1")]
    [TestCase("min_tokens", "8", "a whole number from 0 to 7")]
    [TestCase("stop", "\"\"", "a text that is not empty, or up to 4 of them")]
    [TestCase("stop", "[\"a\",\"b\",\"c\",\"d\",\"e\"]", "up to 4 of them")]
    [TestCase("stop", "[5]", "a text")]
    [TestCase("stop", "{}", "a text that is not empty")]
    [TestCase("stop_token_ids", "[512]", "a whole number from 0 to 511")]
    [TestCase("stop_token_ids", "5", "an array of token ids")]
    [TestCase("ignore_eos", "1", "true or false")]
    [TestCase("logprobs", "21", "a whole number from 0 to 20")]
    [TestCase("logprobs", "true", "a whole number from 0 to 20")]
    [TestCase("logit_bias", "[1]", "an object of token ids")]
    [TestCase("logit_bias", "{\"512\": 1}", "0 to 511")]
    [TestCase("logit_bias", "{\"a\": 1}", "0 to 511")]
    [TestCase("logit_bias", "{\"5\": 101}", "a number from -100 to 100")]
    [TestCase("logit_bias", "{\"5\": 1, \"05\": 2}", "each id once")]
    [TestCase("stream", "true", "false")]
    [TestCase("echo", "true", "false")]
    [TestCase("suffix", "\"x\"", "\"\"")]
    [TestCase("best_of", "2", "the value of n")]
    [TestCase("response_format", "{\"type\": \"json_object\"}", "{\"type\": \"text\"}")]
    [TestCase("skip_special_tokens", "\"no\"", "true or false")]
    [TestCase("priority", "\"high\"", "a whole number")]
    [TestCase("prompt", "5", "a text, or an array of token ids")]
    [TestCase("prompt", "[]", "a text, or an array of token ids")]
    [TestCase("prompt", "[1, -1]", "a whole number from 0 to 511")]
    [TestCase("prompt", "[1, \"a\"]", "a whole number from 0 to 511")]
    [TestCase("prompt", "[\"a\", \"b\"]", "a line of its own for each other")]
    [TestCase("prompt", "[[1], [2]]", "a line of its own for each other")]
    [TestCase("prompt", "\"\\ud800\"", "half a surrogate pair")]
    [TestCase("model", "5", "a text")]
    public void a_value_out_of_its_range_is_named_with_its_field_and_the_range(string field, string value, string expected)
    {
        string prompt = field == "prompt" ? "" : "\"prompt\": \"x\", ";
        Refusal refusal = RefusalOf(Completions, $"{prompt}\"{field}\": {value}");
        Assert.Multiple(() =>
        {
            Assert.That(refusal.StatusCode, Is.EqualTo(400));
            Assert.That(refusal.Field, Does.StartWith(field));
            Assert.That(refusal.Message, Does.Contain(field).And.Contain(expected).And.EndsWith("."));
        });
    }

    [TestCase("\"top_logprobs\": 2", "top_logprobs", "logprobs true")]
    [TestCase("\"tools\": [{}]", "tools", "none")]
    [TestCase("\"max_tokens\": 2, \"max_completion_tokens\": 3", "max_completion_tokens", "one of them")]
    [TestCase("\"prompt\": \"x\"", "prompt", "not understood")]
    [TestCase("\"temprature\": 1", "temprature", "not understood")]
    public void a_chat_that_asks_for_what_is_not_to_be_had_is_refused(string field, string named, string expected)
    {
        Refusal refusal = RefusalOf(Chat, $"{Hello}, {field}");
        Assert.That(refusal.Field, Is.EqualTo(named));
        Assert.That(refusal.Message, Does.Contain(expected));
    }

    [TestCase("{}", "no messages")]
    [TestCase("{\"messages\": []}", "at least one message")]
    [TestCase("{\"messages\": [5]}", "messages[0] is 5")]
    [TestCase("{\"messages\": [{\"content\": \"a\"}]}", "messages[0] has no role")]
    [TestCase("{\"messages\": [{\"role\": \"tool\", \"content\": \"a\"}]}", "\"tool\"")]
    [TestCase("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": null}]}", "messages[1] has no content")]
    [TestCase("{\"messages\": [{\"role\": \"user\", \"content\": []}]}", "messages[0].content is []")]
    [TestCase("{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": {}}]}]}", "\"image_url\"")]
    [TestCase("{\"messages\": [{\"role\": \"user\", \"content\": \"a\", \"tool_calls\": [1]}]}", "tool_calls")]
    public void messages_that_are_not_as_they_must_be_are_named(string body, string expected) =>
        Assert.That(RefusalOf(Chat, body[1..^1]).Message, Does.Contain(expected).And.EndsWith("."));

    [Test]
    public void a_model_that_is_not_loaded_is_not_found()
    {
        Refusal refusal = RefusalOf(Chat, $"{Hello}, \"model\": \"gpt-4o\"");
        Assert.That((refusal.StatusCode, refusal.Code, refusal.Field), Is.EqualTo((404, "model_not_found", "model")));
        Assert.That(refusal.Message, Does.Contain("gpt-4o").And.Contain("\"tiny\""));
    }

    [Test]
    public void an_unknown_url_is_not_found_and_another_method_refused()
    {
        Assert.That(RefusalOf("/v1/embeddings", "").StatusCode, Is.EqualTo(404));
        Assert.That(RefusalOf(Completions, "\"prompt\": \"x\"", "GET").Code, Is.EqualTo("invalid_method"));
    }

    private static PromptRequest Read(string url, string fields, string method = "POST")
    {
        string body = $"{{{fields.ReplaceLineEndings(" ")}}}";
        using var line = RequestLine.Parse(Encoding.UTF8.GetBytes(
            $$"""{"custom_id": "a", "method": "{{method}}", "url": "{{url}}", "body": {{body}} }"""));
        return line.Read(0, Model);
    }

    private static Refusal RefusalOf(string url, string fields, string method = "POST") =>
        Assert.Throws<RefusalException>(() => Read(url, fields, method))!.Refusal;
}
