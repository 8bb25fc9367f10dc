using System.Reflection;
using System.Security.Cryptography;

namespace Paged.Ilgpu.Cli.DemoModel;

/// <summary>The model that comes with the program, as it lies in an installation.</summary>
/// <param name="path">The folder, which may be damaged or absent.</param>
internal sealed class DemoModelFolder(string path)
{
    /// <summary>The folder's name, which is the model's, too.</summary>
    public const string Name = "DemoModel";

    private const string Remedy = "install the program again, or name a model (--model) and prompts (-i) of your own";

    // The build records them: DemoModel/params.json and so on, with the SHA-256 of each.
    private static readonly Dictionary<string, string> Hashes = typeof(DemoModelFolder).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(recorded => recorded.Key.StartsWith($"{Name}/", StringComparison.Ordinal))
        .ToDictionary(recorded => recorded.Key[(Name.Length + 1)..], recorded => recorded.Value!, StringComparer.Ordinal);

    /// <summary>The one beside this program.</summary>
    public static DemoModelFolder Installed { get; } = new(System.IO.Path.Combine(AppContext.BaseDirectory, Name));

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>Its file of prompts.</summary>
    public string Prompts => System.IO.Path.Combine(path, "prompts.json");

    /// <summary>The folder once its files are known to be those that the program was built with; 2 MB are read for that.</summary>
    /// <exception cref="PagedException">A file is absent or another one.</exception>
    public DemoModelFolder Checked()
    {
        foreach ((string name, string hash) in Hashes)
            Check(System.IO.Path.Combine(path, name), hash);
        return this;
    }

    private static void Check(string file, string expectedHash)
    {
        byte[] hash;
        try
        {
            hash = SHA256.HashData(File.ReadAllBytes(file));
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PagedException($"The demo model that comes with the program is incomplete, as {file} is absent: {Remedy}.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"The demo model that comes with the program cannot be read ({fault.Message.TrimEnd('.')}): {Remedy}.", fault);
        }

        if (Convert.ToHexString(hash) != expectedHash)
        {
            throw new PagedException(
                $"The demo model that comes with the program is damaged, as {file} is not the file that the program was built with: {Remedy}.");
        }
    }
}
