using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>A fixture of tests of engines on one backend.</summary>
public abstract class EngineFixture(TestBackend backend)
{
    private protected TestDevice Device => EngineDevices.Open(backend);

    [OneTimeSetUp]
    public void OpenDevice() => EngineDevices.Open(backend);
}

/// <summary>The devices that the fixtures of engines share: a device compiles a kernel once for all engines, and that takes most of the time.</summary>
[SetUpFixture]
public sealed class EngineDevices
{
    private static readonly Dictionary<TestBackend, TestDevice> Opened = [];

    [OneTimeTearDown]
    public void Close()
    {
        foreach (TestDevice device in Opened.Values)
            device.Dispose();
        Opened.Clear();
    }

    /// <summary>The device of a backend, opened when it is first asked for; skips the test where there is none.</summary>
    internal static TestDevice Open(TestBackend backend)
    {
        if (!Opened.TryGetValue(backend, out TestDevice? device))
            Opened[backend] = device = backend.Open();
        return device;
    }
}
