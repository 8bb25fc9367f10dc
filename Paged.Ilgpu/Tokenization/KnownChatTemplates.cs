using System.Globalization;
using System.Text.RegularExpressions;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// The chat templates that are known by their text. A template is a Jinja program, and there is no well-kept interpreter of Jinja for .NET:
/// so the programs of the releases are recognised, and every other one is refused, since a dialog in another format than the model's gives
/// poor answers without a word.
/// </summary>
internal static partial class KnownChatTemplates
{
    private const string Llama3Turn = """
        "<|start_header_id|>"+message["role"]+"<|end_header_id|>\n\n"+message["content"]|trim+"<|eot_id|>"
        """;

    private static readonly string[] DatedLines = ["\"Cutting Knowledge Date: December 2023\\n\"", "\"Today Date: \"+date_string+\"\\n\\n\"", "system_message=\"\""];

    /// <exception cref="PagedException">It is none of them.</exception>
    public static DialogLayout Recognize(string template, string origin)
    {
        string normal = JinjaText.Normalize(template);
        if (normal.Contains(Llama3Turn, StringComparison.Ordinal))
        {
            if (Array.TrueForAll(DatedLines, line => normal.Contains(line, StringComparison.Ordinal)))
                return new Llama3Dialog(FindPreamble(normal));
            if (!normal.Contains("system", StringComparison.Ordinal))
                return new Llama3Dialog();
        }
        else if (ChatMl().Match(normal) is { Success: true } chatMl)
        {
            Group system = chatMl.Groups["system"];
            return new ChatMlDialog(
                system.Success ? system.Value.Replace("\\n", "\n", StringComparison.Ordinal) : null, begins: chatMl.Groups["begin"].Success);
        }
        else if (Zephyr().IsMatch(normal))
        {
            return new ZephyrDialog();
        }
        else if (Llama2().IsMatch(normal))
        {
            return new InstructionDialog();
        }
        else if (Mistral().IsMatch(normal))
        {
            return new InstructionDialog(isMistral: true);
        }

        throw new PagedException($"The chat_template in {origin} begins {Quoted.Of(template)} and is not known; expected is one of Llama 2, Llama 3, ChatML, "
            + "TinyLlama or Mistral 7B as their releases have it: say --chat-template llama2, llama3, chatml, zephyr or none.");
    }

    // Llama 3.1 and 3.3 have a fixed day, 3.2 that of today.
    private static Func<string> FindPreamble(string normal)
    {
        if (normal.Contains("strftime_now(\"%d %b %Y\")", StringComparison.Ordinal))
            return () => Llama3Dialog.DatedPreamble(DateOnly.FromDateTime(TimeProvider.System.GetLocalNow().DateTime));
        string date = FixedDay().Match(normal).Groups["day"].Value;
        return DateOnly.TryParseExact(date, "dd MMM yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            ? () => Llama3Dialog.DatedPreamble(day)
            : () => $"Cutting Knowledge Date: December 2023\nToday Date: {date}\n\n";
    }

    [GeneratedRegex("""date_string="(?<day>[^"]*)";?""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex FixedDay();

    [GeneratedRegex(
        """
        ^(?<begin>{{bos_token}})?({%ifnotadd_generation_promptisdefined%}{%setadd_generation_prompt=false%}{%endif%})?{%formessageinmessages%}({%ifloop\.firstandmessages\[0\]\["role"\]!="system"%}{{"<\|im_start\|>system\\n(?<system>[^"<]*)<\|im_end\|>\\n"}}{%endif%})?{{"<\|im_start\|>"\+message\["role"\]\+"\\n"\+message\["content"\]\+"<\|im_end\|>\\n"}}{%endfor%}({%ifadd_generation_prompt%}{{"<\|im_start\|>assistant\\n"}}{%endif%})?$
        """,
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ChatMl();

    [GeneratedRegex(
        """
        ^{%formessageinmessages%}{%ifmessage\["role"\]=="user"%}{{"<\|user\|>\\n"\+message\["content"\]\+eos_token}}\\n{%elifmessage\["role"\]=="system"%}{{"<\|system\|>\\n"\+message\["content"\]\+eos_token}}\\n{%elifmessage\["role"\]=="assistant"%}{{"<\|assistant\|>\\n"\+message\["content"\]\+eos_token}}\\n{%endif%}{%ifloop\.lastandadd_generation_prompt%}{{"<\|assistant\|>"}}\\n{%endif%}{%endfor%}$
        """,
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Zephyr();

    // The beginning differs in what the releases since do with a system text of their own, which none has any more.
    [GeneratedRegex(
        """
        ^{%ifmessages\[0\]\["role"\]=="system"%}.*{%setcontent="<<SYS>>\\n"\+system_message\+"\\n<</SYS>>\\n\\n"\+message\["content"\]%}.*{{bos_token\+"\[INST\] "\+content(\.strip\(\)|\|trim)\+" \[/INST\]"}}.*{{" "\+content(\.strip\(\)|\|trim)\+" "\+eos_token}}{%endif%}{%endfor%}$
        """,
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Llama2();

    [GeneratedRegex(
        """
        ^{{bos_token}}{%formessageinmessages%}{%if\(message\["role"\]=="user"\)!=\(loop\.index0%2==0\)%}{{raise_exception\("[^"]*"\)}}{%endif%}{%ifmessage\["role"\]=="user"%}{{"\[INST\] "\+message\["content"\]\+" \[/INST\]"}}{%elifmessage\["role"\]=="assistant"%}{{message\["content"\]\+eos_token}}{%else%}{{raise_exception\("[^"]*"\)}}{%endif%}{%endfor%}$
        """,
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Mistral();
}
