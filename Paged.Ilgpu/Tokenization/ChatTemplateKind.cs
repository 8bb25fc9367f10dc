namespace Paged.Ilgpu.Tokenization;

/// <summary>How a prompt is put to the model.</summary>
public enum ChatTemplateKind
{
    /// <summary>As the checkpoint's own chat_template or its folder's name says.</summary>
    Auto,

    /// <summary>As a turn of Llama 3's dialog, for instruct models.</summary>
    Llama3,

    /// <summary>As a turn of Llama 2's dialog, for chat models.</summary>
    Llama2,

    /// <summary>As a turn of ChatML.</summary>
    ChatMl,

    /// <summary>As a turn of Zephyr's and TinyLlama's dialog.</summary>
    Zephyr,

    /// <summary>As a text to be continued, for base models.</summary>
    None,
}
