namespace Paged.Ilgpu.Cli.Input;

/// <summary>A file of OpenAI batch input (.jsonl): a request a line; blank lines are skipped.</summary>
/// <remarks>The form: "Batch" in the OpenAI API reference, "The request input object".</remarks>
internal sealed class BatchFile : IRequestSource
{
    private const int ManyRequests = 100_000;

    private readonly InputFile _file;
    private readonly int _limit;
    private readonly bool _skipsMalformed;

    /// <param name="file">The file; it is disposed with this.</param>
    /// <param name="limit">Requests that are taken, at most.</param>
    /// <param name="skipsMalformed">Whether a line that is no request becomes a refused one.</param>
    /// <exception cref="PagedException">A line is no request, or has the name of an earlier one.</exception>
    public BatchFile(InputFile file, int limit, bool skipsMalformed)
    {
        _file = file;
        _skipsMalformed = skipsMalformed;
        _limit = Math.Min(limit, FileLines.Count(file.Handle));
        Count = _limit = CheckNames();
        if (Count > ManyRequests)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // gives the names' memory back before the work begins
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Keys()
    {
        int index = 0;
        foreach (FileLine line in Lines())
            yield return InputItem.KeyOf(NameIn(line), index++);
    }

    /// <inheritdoc/>
    public IEnumerable<InputItem> Read(ServedModel model)
    {
        int index = 0;
        foreach (FileLine line in Lines())
            yield return Read(line, index++, model);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private IEnumerable<FileLine> Lines() =>
        FileLines.Read(_file.Handle, _file.Name).Where(line => !line.IsBlank).Take(_limit);

    /// <summary>The name of a line's request; null for a line that is none and may be skipped.</summary>
    private string? NameIn(FileLine line)
    {
        try
        {
            using var request = RequestLine.Parse(line.Content);
            return request.CustomId;
        }
        catch (RefusalException) when (_skipsMalformed)
        {
            return null;
        }
        catch (RefusalException fault)
        {
            throw new PagedException($"The prompt file {_file.Name} has in line {line.Number} what is no request: {fault.Message}", fault);
        }
    }

    private static InputItem Read(FileLine line, int index, ServedModel model)
    {
        string? name = null;
        try
        {
            using var request = RequestLine.Parse(line.Content);
            name = request.CustomId;
            return request.Read(index, model);
        }
        catch (RefusalException fault)
        {
            Refusal refusal = name is null
                ? fault.Refusal with { Message = $"Line {line.Number} is no request: {fault.Message}" }
                : fault.Refusal;
            return new RefusedRequest(index, refusal) { CustomId = name };
        }
    }

    private int CheckNames()
    {
        var names = RequestNames.Of(Keys(), _limit);
        if (names.Repeated is not null)
            RefuseRepeated(names);
        return names.Count;
    }

    /// <summary>Two names with one hash are most likely one name; only now are they looked at.</summary>
    private void RefuseRepeated(RequestNames names)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal); // line by name
        foreach (FileLine line in Lines())
        {
            if (NameIn(line) is not { } name || RequestNames.HashOf(InputItem.KeyOf(name, 0)) != names.Repeated)
                continue;
            if (!seen.TryAdd(name, line.Number))
            {
                throw new PagedException(
                    $"The prompt file {_file.Name} has the custom_id \"{FoundValue.Short(name)}\" in line {seen[name]} and in line {line.Number}; "
                        + "expected is a different one for each request.");
            }
        }
    }
}
