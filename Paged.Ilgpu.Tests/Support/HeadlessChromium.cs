using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// A page in a Chromium without a window, where this machine has one; driven by the DevTools protocol
/// (https://chromedevtools.github.io/devtools-protocol), one call at a time.
/// </summary>
internal sealed class HeadlessChromium : IDisposable
{
    private static readonly string[] Names =
        ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);

    private readonly TestFolder _profile = new();
    private readonly ClientWebSocket _socket = new();
    private readonly Process _process;
    private readonly List<JsonNode> _events = [];
    private string? _session;
    private int _calls;

    private HeadlessChromium(string program)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (string argument in (string[])
            ["--headless", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", $"--user-data-dir={_profile.Path}",
                "--no-sandbox"]) // containers and root have none, and the pages are our own
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        Patiently(patience => _socket.ConnectAsync(ReadAddress(), patience));
        _ = _process.StandardError.ReadToEndAsync(); // a full pipe would stop it
        string target = Call("Target.createTarget", new { url = "about:blank" })["targetId"]!.GetValue<string>();
        _session = Call("Target.attachToTarget", new { targetId = target, flatten = true })["sessionId"]!.GetValue<string>();
        foreach (string domain in (string[])["Page", "Runtime", "Log", "Network"])
            Call($"{domain}.enable", new { });
    }

    /// <summary>A new one; the test is skipped, saying so, where there is none.</summary>
    public static HeadlessChromium Start()
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string? program = Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (program is null)
            Assert.Ignore($"needs a Chromium ({string.Join(", ", Names)}) on the PATH, and there is none");
        return new HeadlessChromium(program!);
    }

    /// <summary>What the console was told as an error, and what was thrown and not caught.</summary>
    public IEnumerable<string> Errors => _events.Where(IsError).Select(told => told.ToJsonString());

    /// <summary>The addresses that were asked for.</summary>
    public IEnumerable<string> Requests => _events
        .Where(told => (string?)told["method"] == "Network.requestWillBeSent")
        .Select(told => (string)told["params"]!["request"]!["url"]!);

    /// <summary>Opens a file and waits until its scripts have run; what was told of another one is forgotten.</summary>
    public void Open(string path)
    {
        _events.Clear();
        Call("Page.navigate", new { url = new Uri(path).AbsoluteUri });
        while (!_events.Exists(told => (string?)told["method"] == "Page.loadEventFired"))
            Receive();
    }

    /// <summary>The value of an expression of JavaScript.</summary>
    public T Evaluate<T>(string expression)
    {
        JsonNode answer = Call("Runtime.evaluate", new { expression, returnByValue = true, awaitPromise = true });
        Assert.That(answer["exceptionDetails"]?.ToJsonString(), Is.Null, expression);
        return answer["result"]!["value"].Deserialize<T>()!;
    }

    /// <summary>Does something in the page.</summary>
    public void Run(string statements) => Evaluate<object?>($"{{ {statements}; undefined }}");

    /// <summary>Presses a key, such as ArrowRight, where the focus is.</summary>
    public void Press(string key, int keyCode)
    {
        foreach (string type in (string[])["keyDown", "keyUp"])
            Call("Input.dispatchKeyEvent", new { type, key, code = key, windowsVirtualKeyCode = keyCode });
    }

    /// <summary>Sets what the reader prefers: <c>light</c> or <c>dark</c>.</summary>
    public void Prefer(string scheme) =>
        Call("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = scheme } } });

    /// <summary>Sets the size of the window, in CSS pixels.</summary>
    public void Resize(int width, int height) =>
        Call("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = false });

    /// <summary>What the window shows, as PNG.</summary>
    public byte[] Screenshot() =>
        Convert.FromBase64String(Call("Page.captureScreenshot", new { format = "png" })["data"]!.GetValue<string>());

    public void Dispose()
    {
        _session = null;
        bool isTold = _socket.State == WebSocketState.Open; // it is not after a wait that was too long
        if (isTold)
            Call("Browser.close", new { });
        if (!isTold || !_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _socket.Dispose();
        _profile.Dispose();
    }

    private Uri ReadAddress()
    {
        const string Announcement = "DevTools listening on ";
        while (_process.StandardError.ReadLine() is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
                return new Uri(line[Announcement.Length..]);
        }

        throw new InvalidOperationException($"{_process.StartInfo.FileName} ended before it could be talked to");
    }

    private JsonNode Call(string method, object parameters)
    {
        int id = ++_calls;
        byte[] call = JsonSerializer.SerializeToUtf8Bytes(_session is null
            ? new { id, method, @params = parameters }
            : (object)new { id, method, @params = parameters, sessionId = _session });
        Patiently(patience => _socket.SendAsync(call, WebSocketMessageType.Text, endOfMessage: true, patience));
        while (true)
        {
            JsonNode message = Receive();
            if ((int?)message["id"] != id)
                continue;
            return message["result"] ?? throw new InvalidOperationException($"{method}: {message["error"]!.ToJsonString()}");
        }
    }

    /// <summary>The next message; events are kept.</summary>
    private JsonNode Receive()
    {
        using var text = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        Patiently(async patience =>
        {
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer.AsMemory(), patience);
                text.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
        });
        JsonNode message = JsonNode.Parse(text.ToArray())!;
        if (message["method"] is not null)
            _events.Add(message);
        return message;
    }

    // Each wait by itself: all tests of a fixture have the page together.
    private static void Patiently(Func<CancellationToken, Task> wait)
    {
        using var patience = new CancellationTokenSource(LongestSilence);
        wait(patience.Token).GetAwaiter().GetResult();
    }

    private static bool IsError(JsonNode told) => (string?)told["method"] switch
    {
        "Runtime.exceptionThrown" => true,
        "Runtime.consoleAPICalled" => (string?)told["params"]!["type"] is "error" or "warning",
        "Log.entryAdded" => (string?)told["params"]!["entry"]!["level"] is "error" or "warning",
        _ => false,
    };
}
