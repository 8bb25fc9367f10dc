using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Engine;

public sealed class DeviceSelectorTests
{
    [TestCase("gpu")]
    [TestCase("cpu:")]
    [TestCase("cpu:x")]
    [TestCase("cpu:-1")]
    [TestCase("cuda:0:1")]
    [TestCase("")]
    public void A_name_that_is_none_is_refused(string name)
    {
        using var selector = new DeviceSelector();
        Refusal.Of(() => selector.Find(name), "must be auto, cuda, opencl or cpu");
    }

    [Test]
    public void A_device_that_is_not_there_is_refused_with_those_that_are()
    {
        using var selector = new DeviceSelector();
        Refusal.Of(() => selector.Find("cpu:7"), "cpu:0");
    }

    [Test]
    public void The_cpu_is_always_there_and_auto_takes_the_first_of_all()
    {
        using var selector = new DeviceSelector();
        Assert.That(selector.NameOf(selector.Find("cpu")), Is.EqualTo("cpu:0"));
        Assert.That(selector.Find("auto"), Is.SameAs(selector.Devices[0]));
    }
}
