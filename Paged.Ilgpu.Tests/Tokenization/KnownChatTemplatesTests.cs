using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>
/// The releases' own templates are recognised and give what Jinja2 3.1.6 made of them, run as Hugging Face runs it (trim_blocks,
/// lstrip_blocks), for the same turns.
/// </summary>
internal sealed class KnownChatTemplatesTests
{
    private const string Signs = "{%'\"\\ }#\n-+";

    private static readonly ShownTokenizer Tokenizer = new(
        "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|im_start|>", "<|im_end|>");

    private static readonly ChatTurn[] Single = [new("user", " Hello \n")];
    private static readonly ChatTurn[] Several = [new("user", "Hello"), new("assistant", " Hi there "), new("user", "Who?")];
    private static readonly ChatTurn[] WithSystem = [new("system", "Be brief. "), .. Several];

    private const string Llama2 =
        "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
        + "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
        + "{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
        + "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        + "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
        + "{% if loop.index0 == 0 and system_message != false %}"
        + "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}"
        + "{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}"
        + "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
        + "{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}";

    private const string Llama3 =
        "{% set loop_messages = messages %}{% for message in loop_messages %}"
        + "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}"
        + "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
        + "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}";

    private const string SmolLm2 =
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
        + "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
        + "{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
        + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    internal const string ChatMl =
        "{% for message in messages %}"
        + "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private const string TinyLlama =
        "{% for message in messages %}\n{% if message['role'] == 'user' %}"
        + "\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}"
        + "\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}"
        + "\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}"
        + "\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}";

    private const string Mistral =
        "{{ bos_token }}{% for message in messages %}"
        + "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        + "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
        + "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
        + "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% else %}"
        + "{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}";

    // Of Llama 3.1's the parts for plain dialogs; its own has others for tools between them.
    private const string Llama31 =
        """
        {{- bos_token }}
        {%- if not date_string is defined %}
            {%- set date_string = "26 Jul 2024" %}
        {%- endif %}
        {#- This block extracts the system message, so we can slot it into the right place. #}
        {%- if messages[0]['role'] == 'system' %}
            {%- set system_message = messages[0]['content']|trim %}
            {%- set messages = messages[1:] %}
        {%- else %}
            {%- set system_message = "" %}
        {%- endif %}
        {{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
        {{- "Cutting Knowledge Date: December 2023\n" }}
        {{- "Today Date: " + date_string + "\n\n" }}
        {{- system_message }}
        {{- "<|eot_id|>" }}
        {%- for message in messages %}
            {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
                {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
        {%- endif %}

        """;

    private static readonly string Llama32 = Llama31.Replace(
        "{%- set date_string = \"26 Jul 2024\" %}",
        "{%- if strftime_now is defined %}{%- set date_string = strftime_now(\"%d %b %Y\") %}{%- else %}{%- set date_string = \"26 Jul 2024\" %}{%- endif %}");

    private static IEnumerable<TestCaseData> Dialogs()
    {
        yield return Case(Llama2, Single, "<BOS>[INST] Hello [/INST]");
        yield return Case(Llama2, Several, "<BOS>[INST] Hello [/INST] Hi there <EOS><BOS>[INST] Who? [/INST]");
        yield return Case(Llama2, WithSystem, "<BOS>[INST] <<SYS>>\nBe brief. \n<</SYS>>\n\nHello [/INST] Hi there <EOS><BOS>[INST] Who? [/INST]");
        yield return Case(Llama3, Single, "<BOS><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");
        yield return Case(Llama3, Several, "<BOS><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHi there<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");
        yield return Case(Llama3, WithSystem, "<BOS><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHi there<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");
        yield return Case(SmolLm2, Single, "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\n Hello \n<|im_end|>\n<|im_start|>assistant\n");
        yield return Case(SmolLm2, Several, "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n Hi there <|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n");
        yield return Case(SmolLm2, WithSystem, "<|im_start|>system\nBe brief. <|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n Hi there <|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n");
        yield return Case(ChatMl, Single, "<|im_start|>user\n Hello \n<|im_end|>\n<|im_start|>assistant\n");
        yield return Case(ChatMl, Several, "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n Hi there <|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n");
        yield return Case(ChatMl, WithSystem, "<|im_start|>system\nBe brief. <|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n Hi there <|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n");
        yield return Case(TinyLlama, Single, "<|user|>\n Hello \n<EOS>\n<|assistant|>\n");
        yield return Case(TinyLlama, Several, "<|user|>\nHello<EOS>\n<|assistant|>\n Hi there <EOS>\n<|user|>\nWho?<EOS>\n<|assistant|>\n");
        yield return Case(TinyLlama, WithSystem, "<|system|>\nBe brief. <EOS>\n<|user|>\nHello<EOS>\n<|assistant|>\n Hi there <EOS>\n<|user|>\nWho?<EOS>\n<|assistant|>\n");
        yield return Case(Mistral, Single, "<BOS>[INST]  Hello \n [/INST]");
        yield return Case(Mistral, Several, "<BOS>[INST] Hello [/INST] Hi there <EOS>[INST] Who? [/INST]");
        yield return Case(Llama31, Single, "<BOS><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");
        yield return Case(Llama31, Several, "<BOS><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHi there<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");
        yield return Case(Llama31, WithSystem, "<BOS><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHi there<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");

        static TestCaseData Case(string template, ChatTurn[] turns, string expected) => new(template, turns, expected);
    }

    [TestCaseSource(nameof(Dialogs))]
    public void A_releases_template_gives_what_Jinja_makes_of_it(string template, ChatTurn[] turns, string expected) =>
        Assert.That(Render(template, turns), Is.EqualTo(expected));

    [Test]
    public void Llama_3_2_tells_the_day()
    {
        string today = DateTime.Now.ToString("dd MMM yyyy", System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(Render(Llama32, Single), Is.EqualTo(Render(Llama31, Single).Replace("26 Jul 2024", today)));
        Assert.That(Llama3Dialog.DatedPreamble(new DateOnly(2026, 11, 3)), Does.EndWith("\nToday Date: 03 Nov 2026\n\n"));
    }

    [Test]
    public void How_a_template_is_written_down_does_not_matter()
    {
        string other = ChatMl.Replace('\'', '"').Replace("message[\"role\"]", "message.role").Replace("{% endfor %}", "{#- turns -#}{%endfor%}\n")
            .Replace(" + ", "+");
        Assert.That(Render(other, Several), Is.EqualTo(Render(ChatMl, Several)));
        Assert.That(Render("{{ bos_token }}" + ChatMl, Single), Is.EqualTo("<BOS>" + Render(ChatMl, Single)));
    }

    // Each would give other texts than the releases'.
    [TestCase(ChatMl, "{% endfor %}", " {% endfor %}")]
    [TestCase(ChatMl, "message['content']", "message['content'] | trim")]
    [TestCase(ChatMl, "<|im_start|>assistant", "<|im_start|>model")]
    [TestCase(TinyLlama, "<|user|>\n", "<|user|> ")]
    [TestCase(TinyLlama, "+ eos_token }}\n", "+ eos_token -}}\n")]
    [TestCase(Mistral, " [/INST]", "[/INST]")]
    [TestCase(Llama2, "content.strip()", "content")]
    [TestCase(Llama3, "| trim", "")]
    [TestCase(Llama31, "system_message = \"\"", "system_message = \"Be good.\"")]
    [TestCase(Llama31, "Cutting Knowledge Date", "Knowledge")]
    public void A_template_that_says_something_else_is_refused(string template, string right, string wrong)
    {
        string changed = template.Replace(right, wrong);
        Assert.That(changed, Is.Not.EqualTo(template));
        Refusal.Of(() => KnownChatTemplates.Recognize(changed, "tokenizer_config.json"), "tokenizer_config.json", "is not known", "--chat-template");
    }

    [TestCase(Llama2)]
    [TestCase(Mistral)]
    public void Turns_that_do_not_alternate_are_refused(string template)
    {
        Refusal.Of(() => Render(template, [new("user", "a"), new("user", "b")]), "turn 1", "'user'", "'assistant'");
        Refusal.Of(() => Render(Mistral, WithSystem), "Mistral", "'system'");
    }

    [Test]
    public void Marks_that_are_control_tokens_are_set_by_number()
    {
        var tokenizer = new ShownTokenizer("[INST]", "[/INST]");
        int[] ids = ChatFormat.FromTemplate(Mistral, "here", tokenizer).EncodeDialog(new ChatTurn("user", "[INST]"));
        Assert.That(ids, Is.EqualTo(new[] { 256, 258, ' ', '[', 'I', 'N', 'S', 'T', ']', ' ', 259 }));
    }

    [Test]
    public void Random_templates_end_in_a_layout_or_a_sentence()
    {
        const int Seed = 20_261_125;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        string[] templates = [Llama2, Llama3, SmolLm2, TinyLlama, Llama31];
        for (int round = 0; round < 2000; round++)
        {
            var text = new System.Text.StringBuilder(templates[random.Next(templates.Length)]);
            for (int change = random.Next(1, 6); change > 0 && text.Length > 8; change--)
            {
                int at = random.Next(text.Length - 8);
                if (random.Next(2) == 0)
                    text.Remove(at, random.Next(1, 8));
                else
                    text.Insert(at, Signs[random.Next(Signs.Length)]);
            }

            try
            {
                Assert.That(KnownChatTemplates.Recognize(text.ToString(), "here"), Is.Not.Null);
            }
            catch (PagedException refused)
            {
                Assert.That(refused.Message, Does.Contain("here").And.Not.Contain("\n"));
            }
        }
    }

    private static string Render(string template, params ChatTurn[] turns) =>
        Tokenizer.Show(ChatFormat.FromTemplate(template, "here", Tokenizer).EncodeDialog(turns));
}
