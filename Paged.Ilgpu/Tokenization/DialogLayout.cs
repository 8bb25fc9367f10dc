using System.Globalization;

namespace Paged.Ilgpu.Tokenization;

/// <summary>Where the turns of a dialog stand between control tokens.</summary>
internal abstract class DialogLayout
{
    /// <summary>What people call it.</summary>
    public abstract string Name { get; }

    /// <summary>Writes a dialog that waits for the assistant.</summary>
    /// <exception cref="PagedException">The tokenizer lacks a control token, or the layout has no place for such turns.</exception>
    public abstract void Write(DialogWriter writer, ReadOnlySpan<ChatTurn> turns);
}

/// <summary>
/// Llama 3's, as Meta publishes it ("Meta Llama 3, model cards and prompt formats"): begin_of_text, then for each turn start_header, role,
/// end_header, two line ends, text, eot, and at last the assistant's header.
/// </summary>
/// <param name="preamble">What comes before every system text; null where there is nothing, and no system turn without a text.</param>
internal sealed class Llama3Dialog(Func<string>? preamble = null) : DialogLayout
{
    public override string Name => "Llama 3";

    public override void Write(DialogWriter writer, ReadOnlySpan<ChatTurn> turns)
    {
        writer.Begin();
        if (preamble is not null)
        {
            bool hasSystem = turns is [{ Role: "system" }, ..];
            WriteTurn(writer, "system", preamble() + (hasSystem ? turns[0].Text.Trim() : ""));
            turns = hasSystem ? turns[1..] : turns;
        }

        foreach (ChatTurn turn in turns)
            WriteTurn(writer, turn.Role, turn.Text.Trim());
        WriteHeader(writer, "assistant");
    }

    /// <summary>The preamble of Llama 3.1 and later.</summary>
    /// <param name="date">The day that the model is told.</param>
    public static string DatedPreamble(DateOnly date) =>
        $"Cutting Knowledge Date: December 2023\nToday Date: {date.ToString("dd MMM yyyy", CultureInfo.InvariantCulture)}\n\n";

    private static void WriteTurn(DialogWriter writer, string role, string text)
    {
        WriteHeader(writer, role);
        writer.Text(text).Control(Llama3Vocabulary.EndOfTurn);
    }

    private static void WriteHeader(DialogWriter writer, string role) =>
        writer.Control(Llama3Vocabulary.StartHeader).Text(role).Control(Llama3Vocabulary.EndHeader).Text("\n\n");
}

/// <summary>ChatML, of SmolLM2 and many others: im_start, role, line end, text, im_end, line end.</summary>
/// <param name="defaultSystem">The system text of a dialog without one; null for none.</param>
/// <param name="begins">Whether the id that begins a sequence comes first.</param>
internal sealed class ChatMlDialog(string? defaultSystem = null, bool begins = false) : DialogLayout
{
    public override string Name => "ChatML";

    public override void Write(DialogWriter writer, ReadOnlySpan<ChatTurn> turns)
    {
        if (begins)
            writer.Begin();
        if (defaultSystem is not null && turns is not [{ Role: "system" }, ..])
            WriteTurn(writer, new ChatTurn("system", defaultSystem));
        foreach (ChatTurn turn in turns)
            WriteTurn(writer, turn);
        writer.Control("<|im_start|>").Text("assistant\n");
    }

    private static void WriteTurn(DialogWriter writer, ChatTurn turn) =>
        writer.Control("<|im_start|>").Text($"{turn.Role}\n{turn.Text}").Control("<|im_end|>").Text("\n");
}

/// <summary>Zephyr's, which TinyLlama has too: the role as a mark, line end, text, the token that ends a text, line end.</summary>
internal sealed class ZephyrDialog : DialogLayout
{
    public override string Name => "Zephyr";

    public override void Write(DialogWriter writer, ReadOnlySpan<ChatTurn> turns)
    {
        foreach (ChatTurn turn in turns)
            writer.Mark($"<|{turn.Role}|>").Text("\n" + turn.Text).End().Text("\n");
        writer.Mark("<|assistant|>").Text("\n");
    }
}

/// <summary>
/// Llama 2's, as in Meta's reference program (github.com/meta-llama/llama, generation.py): each question between [INST] and [/INST], the
/// system text in the first one; and Mistral's first, which leaves texts as they are and has no system text.
/// </summary>
/// <param name="isMistral">Whether it is the latter.</param>
internal sealed class InstructionDialog(bool isMistral = false) : DialogLayout
{
    public override string Name => isMistral ? "Mistral" : "Llama 2";

    public override void Write(DialogWriter writer, ReadOnlySpan<ChatTurn> turns)
    {
        string system = "";
        if (turns is [{ Role: "system" } first, .. ReadOnlySpan<ChatTurn> rest] && !isMistral)
        {
            system = $"<<SYS>>\n{first.Text}\n<</SYS>>\n\n";
            turns = rest;
        }

        for (int i = 0; i < turns.Length; i++)
        {
            bool isQuestion = i % 2 == 0;
            if (turns[i].Role != (isQuestion ? "user" : "assistant"))
            {
                throw new PagedException($"{Name}'s chat format has turns of user and assistant in turn{(isMistral ? "" : ", after at most one of system")}; "
                    + $"turn {i} of the others is of '{turns[i].Role}', expected '{(isQuestion ? "user" : "assistant")}'.");
            }

            if (isQuestion && (i == 0 || !isMistral))
                writer.Begin();
            if (isQuestion)
                writer.Mark("[INST]").Text($" {Trim((i == 0 ? system : "") + turns[i].Text)} ").Mark("[/INST]");
            else
                writer.Text(isMistral ? turns[i].Text : $" {turns[i].Text.Trim()} ").End();
        }
    }

    private string Trim(string text) => isMistral ? text : text.Trim();
}
