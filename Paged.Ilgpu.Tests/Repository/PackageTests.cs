using System.Diagnostics;
using System.IO.Compression;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Repository;

/// <summary>
/// <c>dotnet pack</c> makes the packages of library and tool from what was built, and the tool, installed from their folder alone, works.
/// Nothing is downloaded.
/// </summary>
[Category("package")]
internal sealed class PackageTests
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private TestFolder _folder = null!;

    private string Packages => _folder["packages"];

    private string Tool => _folder[OperatingSystem.IsWindows() ? "tool/paged.exe" : "tool/paged"];

    [OneTimeSetUp]
    public void Pack_and_install()
    {
        string root = RepositoryFiles.Root;
        _folder = new TestFolder();
        string sources = _folder.Write(
            "nuget.config", $"<configuration><packageSources><clear /><add key=\"local\" value=\"{Packages}\" /></packageSources></configuration>");
        Succeed("dotnet", "pack", Path.Combine(root, "Paged.Ilgpu.sln"), "-c", Configuration, "--no-build", "-o", Packages, "-warnaserror");
        Succeed("dotnet", "tool", "install", "Paged.Ilgpu.Cli", "--tool-path", _folder["tool"], "--configfile", sources);
    }

    [OneTimeTearDown]
    public void Delete() => _folder?.Dispose();

    [Test]
    public void the_library_is_packed_with_its_documentation_readme_and_licence()
    {
        using ZipArchive package = ZipFile.OpenRead(Directory.GetFiles(Packages, "Paged.Ilgpu.?.*.nupkg").Single());
        Assert.That(
            package.Entries.Select(entry => entry.FullName),
            Is.SupersetOf(new[] { "lib/net10.0/Paged.Ilgpu.dll", "lib/net10.0/Paged.Ilgpu.xml", "README.md" }));
        using var nuspec = new StreamReader(package.GetEntry("Paged.Ilgpu.nuspec")!.Open());
        Assert.That(nuspec.ReadToEnd(), Does.Contain("Apache-2.0</license>").And.Contain("<dependency id=\"ILGPU\"").And.Contain("<readme>"));
    }

    [Test]
    public void the_installed_tool_answers_prompts_of_the_demo_model()
    {
        string answers = Succeed(Tool, "run", "-n", "2", "--max-tokens", "20", "--device", "cpu");
        Assert.That(answers, Does.Contain("--- request-0 (").And.Contain("--- request-1 ("));
    }

    [Test]
    public void the_installed_tool_compares_naive_and_paged()
    {
        string report = Succeed(Tool, "compare", "-n", "4", "--max-tokens", "20", "--device", "cpu");
        Assert.That(report, Does.Contain(" 4 prompts on cpu:0").And.Contain("All 4 answers are identical, token for token."));
    }

    [Test]
    public void a_damaged_demo_model_of_the_installation_is_named_as_such()
    {
        string weights = Directory.GetFiles(_folder["tool"], "consolidated.00.pth", SearchOption.AllDirectories).Single();
        byte[] whole = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, whole[..1000]);
        (int exitCode, string output, string error) = Start(Tool, "run");
        File.WriteAllBytes(weights, whole);
        Assert.That((exitCode, output), Is.EqualTo((1, "")));
        Assert.That(error, Does.StartWith("The demo model that comes with the program is damaged").And.Contain(weights));
        Assert.That(error.TrimEnd(), Does.Not.Contain("\n"));
    }

    private string Succeed(string program, params string[] arguments)
    {
        (int exitCode, string output, string error) = Start(program, arguments);
        Assert.That(exitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{output}\n{error}");
        return output;
    }

    private (int ExitCode, string Output, string Error) Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.Path,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // No build node outlives the test, and the user's own installations are left alone.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_HOME"] = _folder.Path;
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
