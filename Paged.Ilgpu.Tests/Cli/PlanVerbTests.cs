using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli;

internal sealed class PlanVerbTests
{
    // A token of the dummy model: 1 layer × 1 KV head × 8 elements × keys and values × 2 bytes.
    private const int BytesPerToken = 32;
    private const int MaxModelLength = 64;

    [Test]
    public void naive_and_paged_are_told_side_by_side_for_the_recorded_answers()
    {
        using var model = new DummyModel();
        JsonElement plan = Plan(model, "--num-blocks", "32", "--block-size", "4", "--repeat", "3", "--no-enable-prefix-caching");
        JsonElement naive = plan.GetProperty("naive");
        JsonElement paged = plan.GetProperty("paged");
        Assert.Multiple(() =>
        {
            Assert.That(plan.GetProperty("requests").GetInt32(), Is.EqualTo(12));
            Assert.That(plan.GetProperty("prompt_tokens").GetInt32(), Is.EqualTo(3 * (11 + 8 + 8 + 8)));
            Assert.That(plan.GetProperty("answer_tokens").GetInt32(), Is.EqualTo(3 * (4 + 4 + 20 + 1)), "an empty answer is its end");
            Assert.That(plan.GetProperty("kv_bytes_per_token").GetInt32(), Is.EqualTo(BytesPerToken));
            Assert.That(plan.GetProperty("kv_cache_bytes").GetInt32(), Is.EqualTo(2 * MaxModelLength * BytesPerToken));
            Assert.That(plan.GetProperty("weight_bytes").GetInt32(), Is.EqualTo(2 * plan.GetProperty("parameters").GetInt32()));
            Assert.That(naive.GetProperty("peak_sequences").GetInt32(), Is.EqualTo(2));
            Assert.That(paged.GetProperty("peak_sequences").GetInt32(), Is.GreaterThan(6));
            Assert.That(paged.GetProperty("steps").GetInt32(), Is.LessThan(naive.GetProperty("steps").GetInt32()));
            Assert.That(paged.GetProperty("answered").GetInt32(), Is.EqualTo(12));
            Assert.That(paged.GetProperty("final").GetProperty("owned_slots").GetInt32(), Is.Zero);
            Assert.That(paged.GetProperty("prefix_hit_tokens").GetInt32(), Is.Zero);
        });
    }

    [Test]
    public void a_file_repeated_is_found_in_the_cache()
    {
        using var model = new DummyModel();
        JsonElement plan = Plan(model, "--num-blocks", "32", "--block-size", "4", "--repeat", "3");
        Assert.That(plan.GetProperty("paged").GetProperty("prefix_hit_tokens").GetInt32(), Is.GreaterThanOrEqualTo(2 * (8 + 4 + 4 + 4)));
    }

    [Test]
    public void max_tokens_caps_recorded_answers_and_stands_for_missing_ones()
    {
        using var model = new DummyModel();
        JsonElement plan = Plan(model, "--num-blocks", "16", "--max-tokens", "5");
        Assert.That(plan.GetProperty("answer_tokens").GetInt32(), Is.EqualTo(4 + 4 + 5 + 1));

        string prompts = model.WritePrompts("a", "b");
        CliRun run = CliRun.Of("plan", "-i", prompts, "--model", model.Path, "--num-blocks", "16");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((CommandLine.Failure,
            "The prompt request-0 has no recorded answer; expected is the length of such answers (--max-tokens N).\n")));
        run = CliRun.Of("plan", "-i", prompts, "--model", model.Path, "--num-blocks", "16", "--max-tokens", "7");
        Assert.That(run.Output, Does.Match(" answer tokens +14 +7.0 each"));
    }

    [Test]
    public void requests_of_a_batch_are_as_long_as_they_ask_for()
    {
        using var model = new DummyModel();
        File.WriteAllLines(model["requests.jsonl"], [
            BatchFiles.Line("a", BatchFiles.Completions, new { model = "any", prompt = "0123456789", max_tokens = 5 }),
            BatchFiles.Line("b", BatchFiles.Completions, new { prompt = new[] { 1, 2, 3 }, max_tokens = 9, n = 2 }),
            BatchFiles.Line("c", BatchFiles.Completions, new { prompt = "abc" }),
            BatchFiles.Line("d", BatchFiles.Completions, new { prompt = "abc", temperature = 3 }),
        ]);
        JsonElement plan = Read(
            model["plan.json"], "plan", "-i", model["requests.jsonl"], "--model", model.Path, "--num-blocks", "32", "--max-tokens", "6");
        Assert.Multiple(() =>
        {
            Assert.That(plan.GetProperty("requests").GetInt32(), Is.EqualTo(4));
            Assert.That(plan.GetProperty("prompt_tokens").GetInt32(), Is.EqualTo(11 + 3 + 3 + 4));
            Assert.That(plan.GetProperty("answer_tokens").GetInt32(), Is.EqualTo(5 + 6 + 6 + 6));
            Assert.That(plan.GetProperty("refused_lines").GetInt32(), Is.EqualTo(1));
        });
    }

    [TestCase("--enable-prefix-caching")]
    [TestCase("--no-enable-prefix-caching")]
    public void more_tokens_than_are_kept_are_read_again(string prefixCaching)
    {
        const int Count = 10_000;
        using var model = new DummyModel();
        File.WriteAllLines(model["requests.jsonl"], Enumerable.Range(0, Count).Select(
            index => BatchFiles.Line($"{index}", BatchFiles.Completions, new { prompt = new string('a', 60), max_tokens = 1 })));
        JsonElement plan = Read(
            model["plan.json"], "plan", "-i", model["requests.jsonl"], "--model", model.Path, "--num-blocks", "64", prefixCaching);
        JsonElement paged = plan.GetProperty("paged");
        Assert.That(plan.GetProperty("prompt_tokens").GetInt32(), Is.EqualTo(Count * 61));
        Assert.That(paged.GetProperty("answered").GetInt32(), Is.EqualTo(Count));
        Assert.That(paged.GetProperty("prefix_hit_tokens").GetInt32(), prefixCaching.StartsWith("--no", StringComparison.Ordinal)
            ? Is.Zero
            : Is.GreaterThan(Count * 48 * 9 / 10));
    }

    [Test]
    public void the_cache_takes_what_the_weights_leave_of_the_devices_share()
    {
        using var model = new DummyModel();
        JsonElement plan = Plan(model, "--device-memory", "100KB", "--gpu-memory-utilization", "0.8");
        long weights = plan.GetProperty("weight_bytes").GetInt64();
        Assert.That(plan.GetProperty("kv_cache_bytes").GetInt64(), Is.EqualTo(80_000 - weights));
        Assert.That(plan.GetProperty("device_memory_bytes").GetInt64(), Is.EqualTo(100_000));
    }

    [Test]
    public void a_sweep_has_a_row_for_each_block_size_below_naive()
    {
        using var model = new DummyModel();
        string[] arguments = ["plan", "-i", Conversations(model), "--model", model.Path, "--kv-cache-memory", "4KiB"];
        CliRun run = CliRun.Of([.. arguments, "--sweep", "block-size=1,4,16"]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        string[] rows = [.. run.Output.Split('\n').SkipWhile(line => !line.StartsWith(" block size", StringComparison.Ordinal)).Skip(1).Take(4)];
        Assert.That(rows.Select(row => row.Split("   ")[0].Trim()), Is.EqualTo(new[] { "64 (naive)", "1", "4", "16" }));
    }

    [Test]
    public void prompts_that_are_too_long_are_counted_and_the_others_planned()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.Of("plan", "-i", Conversations(model), "--model", model.Path, "--num-blocks", "16", "--max-model-len", "10");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Assert.That(run.Output, Does.Contain("paged, blocks of 16: 1 of 4 requests are refused. Request 1 can never fit: its prompt has 11 tokens"));
    }

    [Test]
    public void memory_for_blocks_but_not_for_one_naive_sequence_is_planned_for_paged_alone()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.Of("plan", "-i", Conversations(model), "--model", model.Path, "--num-blocks", "3");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Assert.That(run.Output, Does.Contain("holds not a single sequence"));
    }

    // Llama 3 8B: 32 layers of 4,096, heads of 1,024 for keys and values, 14,336, and an output matrix of its own.
    [Test]
    public void what_int8_weights_save_is_the_caches()
    {
        using var model = new DummyModel();
        string prompts = Conversations(model);
        JsonElement plain = Plan("none"), quantized = Plan("int8");
        long elements = 128_256L * 4_096 + 32L * 4_096 * (2 * 4_096 + 2 * 1_024 + 3 * 14_336);
        long columns = 128_256 + 32 * (4_096 + 2 * 1_024 + 4_096 + 2 * 14_336 + 4_096);
        long saved = plain.GetProperty("weight_bytes").GetInt64() - quantized.GetProperty("weight_bytes").GetInt64();
        Assert.That(saved, Is.EqualTo(elements - 4 * columns));
        Assert.That(quantized.GetProperty("kv_cache_bytes").GetInt64() - plain.GetProperty("kv_cache_bytes").GetInt64(), Is.EqualTo(saved));

        JsonElement Plan(string quantization)
        {
            CliRun run = CliRun.Of(
                "plan", "-i", prompts, "--model", "llama-3-8b", "--tokenizer", model.Path, "--device-memory", "24GiB", "--quantization", quantization,
                "--summary-json", model[$"{quantization}.json"]);
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
            Assert.That(run.Output.Contains("in bfloat16, linear layers in int8"), Is.EqualTo(quantization == "int8"));
            return JsonDocument.Parse(File.ReadAllText(model[$"{quantization}.json"])).RootElement;
        }
    }

    [Test]
    public void a_named_shape_has_the_parameters_of_its_release()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.Of(
            "plan", "-i", Conversations(model), "--model", "Llama-3.2-1B", "--tokenizer", model.Path, "--kv-cache-memory", "1GiB");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Assert.That(run.Output, Does.Contain("1,235,814,400 parameters in bfloat16").And.Contain("32,768 bytes a token"));
        Assert.That(run.Output, Does.Contain("Counts are rough"));
    }

    [Test]
    public void a_named_shape_alone_is_planned_roughly_with_the_demo_models_tokenizer_and_prompts()
    {
        CliRun run = CliRun.Of("plan", "--model", "Llama-3.2-1B", "--kv-cache-memory", "8GiB");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Assert.That(run.Output, Does.Contain(" 200 requests to Llama-3.2-1B").And.Contain("Counts are rough"));
    }

    [Test]
    public void the_demo_model_is_planned_where_none_is_named()
    {
        using var folder = new TestFolder();
        JsonElement plan = Read(folder["plan.json"], "plan", "-n", "48", "--num-blocks", "256");
        Assert.That(plan.GetProperty("model").GetString(), Is.EqualTo("DemoModel"));
        Assert.That(plan.GetProperty("naive").GetProperty("peak_sequences").GetInt32(), Is.EqualTo(4));
        Assert.That(plan.GetProperty("paged").GetProperty("peak_sequences").GetInt32(), Is.AtLeast(20));
        Assert.That(plan.GetProperty("counts_are_rough").GetBoolean(), Is.False);
    }

    [Test]
    public void on_real_conversations_paged_holds_many_times_what_naive_holds_and_wastes_next_to_nothing()
    {
        using var folder = new TestFolder();
        JsonElement plan = Read(folder["plan.json"], "plan", "-i", SharedData.Path("sharegpt/sharegpt-filtered.json"), "--repeat", "10",
            "--model", "llama-3-8b", "--tokenizer", SharedData.Path("llama3-tokenizer"), "--kv-cache-memory", "7.5GiB", "--device-memory",
            "24GiB", "--no-enable-prefix-caching", "--max-num-batched-tokens", "8192");
        JsonElement naive = plan.GetProperty("naive");
        JsonElement paged = plan.GetProperty("paged");
        Assert.Multiple(() =>
        {
            Assert.That(naive.GetProperty("peak_sequences").GetInt32(), Is.EqualTo(7));
            Assert.That(WhileWaiting(naive, "wasted_share_of_device_memory"), Is.EqualTo(0.27).Within(0.005));
            Assert.That(WhileWaiting(paged, "sequences"), Is.GreaterThanOrEqualTo(85));
            Assert.That(WhileWaiting(paged, "stored_share_of_pool"), Is.GreaterThanOrEqualTo(0.97));
            Assert.That(WhileWaiting(paged, "wasted_share_of_device_memory"), Is.LessThanOrEqualTo(0.004));
            Assert.That(naive.GetProperty("steps").GetDouble() / paged.GetProperty("steps").GetDouble(), Is.GreaterThanOrEqualTo(7));
        });

        static double WhileWaiting(JsonElement method, string figure) =>
            method.GetProperty("average_while_requests_wait").GetProperty(figure).GetDouble();
    }

    private static JsonElement Plan(DummyModel model, params string[] arguments) =>
        Read(model["plan.json"], ["plan", "-i", Conversations(model), "--model", model.Path, .. arguments]);

    private static JsonElement Read(string summary, params string[] arguments)
    {
        CliRun run = CliRun.Of([.. arguments, "--summary-json", summary]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        return JsonDocument.Parse(File.ReadAllBytes(summary)).RootElement;
    }

    /// <summary>Prompts of 11, 8, 8 and 8 tokens, the one that begins a text included; answers of 4, 4, 20 and none.</summary>
    private static string Conversations(DummyModel model)
    {
        (string Prompt, string Answer)[] turns = [("0123456789", "four"), ("abcdefg", "four"), ("ABCDEFG", "twenty twenty twenty"), ("hijklmn", "")];
        File.WriteAllText(model["conversations.json"], JsonSerializer.Serialize(turns.Select(turn => new
        {
            conversations = new[] { new { from = "human", value = turn.Prompt }, new { from = "gpt", value = turn.Answer } },
        })));
        return model["conversations.json"];
    }
}
