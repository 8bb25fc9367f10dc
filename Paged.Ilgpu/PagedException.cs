namespace Paged.Ilgpu;

/// <summary>
/// An error that the user can mend: a file, an option or a device is not as it must be. The message is one whole sentence that
/// names the thing, the value found and what was expected; the program prints it as it stands, without a stack trace.
/// </summary>
public sealed class PagedException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: the thing, the value found, what was expected.</param>
    public PagedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error from the fault beneath it.</summary>
    /// <param name="message">One sentence: the thing, the value found, what was expected.</param>
    /// <param name="innerException">The fault beneath, shown only when the user asks for it.</param>
    public PagedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
