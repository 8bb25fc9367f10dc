using Paged.Ilgpu.Cli.DemoModel;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Trained models with pinned greedy answers: the demo model, which is always there, and the forms of stories260K.</summary>
internal static class TrainedModel
{
    /// <summary>The demo model among the names of forms of stories260K.</summary>
    public const string Demo = "demo";

    /// <summary>The demo model's pinned answers: the same ids in float32, bfloat16 and float16.</summary>
    public const string DemoGolden = "Reference/demo-greedy.jsonl";

    /// <summary>The folder or file of a model; the calling test is skipped where it is absent.</summary>
    /// <param name="name"><see cref="Demo"/>, or the name of a form below shared/data/stories260K.</param>
    public static string PathOf(string name) => name == Demo ? DemoModelFolder.Installed.Path : SharedData.Path($"stories260K/{name}");

    /// <summary>Its pinned answers.</summary>
    /// <param name="name">As for <see cref="PathOf"/>.</param>
    public static IReadOnlyList<GoldenLine> Golden(string name) =>
        name == Demo ? GoldenFile.Read(Path.Combine(AppContext.BaseDirectory, DemoGolden)) : GoldenFile.Read();
}
