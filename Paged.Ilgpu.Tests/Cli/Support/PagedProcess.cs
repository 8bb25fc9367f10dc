using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Tests.Cli.Support;

/// <summary>The program in a process of its own: to be killed, interrupted, fed and measured.</summary>
internal sealed partial class PagedProcess : IDisposable
{
    private const int SigKill = 9;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "paged.dll");

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private PagedProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts it on a small random model.</summary>
    public static PagedProcess On(DummyModel model, params string[] arguments) =>
        Start([.. arguments, "--model", model.Path, "--load-format", "dummy", "--device", "cpu"]);

    public static PagedProcess Start(params string[] arguments) => new(Process.Start(Described("dotnet", [Program, .. arguments]))!);

    /// <summary>Starts it on a small random model, where the system lets no file grow beyond so many blocks of 512 bytes: a disk that gets full.</summary>
    public static PagedProcess WithLongestFile(int blocks, DummyModel model, params string[] arguments)
    {
        // The signal that comes with the limit would end the process; ignored, it leaves the error of the write.
        ProcessStartInfo start = Described(
            "sh",
            ["-c", $"trap '' XFSZ; ulimit -f {blocks}; exec dotnet \"$@\"", "sh", Program, .. arguments, "--model", model.Path, "--load-format", "dummy", "--device", "cpu"]);
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // which keeps the runtime's own code in a file, of memory
        return new(Process.Start(start)!);
    }

    /// <summary>Gives it all of its standard input.</summary>
    public void Feed(string input)
    {
        _process.StandardInput.Write(input);
        _process.StandardInput.Close();
    }

    /// <summary>Ends it at once, as a loss of power would (SIGKILL).</summary>
    /// <returns>Whether it was killed: it may have ended by itself.</returns>
    public bool Kill()
    {
        _process.Kill();
        _process.WaitForExit();
        return _process.ExitCode == 128 + SigKill;
    }

    /// <summary>Asks it to end, as Ctrl-C does.</summary>
    public void Interrupt(int signal) => Assert.That(SendSignal(_process.Id, signal), Is.Zero);

    /// <summary>Waits until a file is at least so long, or the process has ended.</summary>
    public void WaitForLength(string path, long length)
    {
        while (!_process.HasExited && !(File.Exists(path) && new FileInfo(path).Length >= length))
            Thread.Sleep(1);
    }

    /// <summary>Waits until it has ended.</summary>
    public CliRun Wait()
    {
        if (!_process.WaitForExit(Longest))
            throw new TimeoutException($"The program has not ended in {Longest}.");
        return new CliRun(_process.ExitCode, _output.Result, _error.Result);
    }

    /// <summary>Waits until it has ended, asking again and again how much memory it has taken at most.</summary>
    /// <returns>Bytes, of what is in memory.</returns>
    public long WaitForPeakMemory()
    {
        long peak = 0;
        while (!_process.WaitForExit(10))
            peak = Math.Max(peak, PeakMemory());
        Assert.That(_process.ExitCode, Is.Zero, _error.Result);
        Assert.That(peak, Is.Positive, "it ended before it could be asked");
        return peak;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private long PeakMemory()
    {
        try
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
        catch (InvalidOperationException) when (_process.HasExited)
        {
            return 0; // it may end whenever it likes, and what has ended has no memory
        }
    }

    private static ProcessStartInfo Described(string program, IEnumerable<string> arguments) => new(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);
}
