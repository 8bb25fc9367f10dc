using System.CommandLine;
using Paged.Ilgpu.Cli.Inspection;
using Paged.Ilgpu.Cli.Report;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged inspect</c>: what is in a checkpoint, also in one that <c>run</c> would refuse, and why it would.</summary>
internal sealed class InspectVerb
{
    private readonly Argument<string> _model = new("model")
    {
        Description = "A folder with a checkpoint, its params.json or config.json, or a .gguf file.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _json = new("--json") { Description = "One line of JSON instead." };

    public static Command Build()
    {
        var verb = new InspectVerb();
        var command = new Command("inspect", "Show what is in a checkpoint: shapes, types, tokenizer, chat template, and what would be refused.")
        {
            verb._model,
            verb._json,
        };
        command.SetVerb(verb.Inspect);
        return command;
    }

    /// <returns>Success where <c>run</c> would take the checkpoint.</returns>
    private int Inspect(ParseResult options)
    {
        string path = options.GetRequiredValue(_model);
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new PagedException($"There is no {path}, expected a folder with a checkpoint or a .gguf file.");
        ModelInspection inspection = ModelInspection.Of(path);
        TextWriter output = options.InvocationConfiguration.Output;
        if (options.GetValue(_json))
            output.WriteLine(SummaryJson.ToLine(InspectionJson.Of(inspection)));
        else
            InspectionReport.Write(output, inspection);
        return inspection.Refusals.Count == 0 ? CommandLine.Success : CommandLine.Failure;
    }
}
