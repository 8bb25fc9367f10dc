using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

public class RestrictedUnpicklerTests
{
    [TestCase(0L)]
    [TestCase(-1L)]
    [TestCase(long.MinValue)]
    [TestCase(long.MaxValue)]
    public void whole_numbers_are_read(long number) => Assert.That(Read(new PickleWriter().Number(number)), Is.EqualTo(number));

    [Test]
    public void plain_values_are_read()
    {
        PickleWriter pickle = new PickleWriter().Mark()
            .Raw((byte)'N').Raw(0x88).Raw(0x89).Raw((byte)'K', 255).Raw((byte)'M', 1, 2).Raw((byte)'J', 254, 255, 255, 255)
            .Raw(0x8A, 1, 0x80).Raw(0x8A, 0).Fraction(-0.25).Text("π").EmptyTuple().Tuple();
        Assert.That(
            Read(pickle), Is.EqualTo(new object?[] { null, true, false, 255L, 513L, -2L, -128L, 0L, -0.25, "π", Array.Empty<object?>() }));
    }

    [Test]
    public void lists_and_remembered_values_are_read()
    {
        // []; keep as 7; append 1; append 2 and 3; (the list, the list)
        PickleWriter pickle = new PickleWriter().Raw((byte)']', (byte)'q', 7).Number(1).Raw((byte)'a')
            .Mark().Number(2).Number(3).Raw((byte)'e').Raw((byte)'h', 7).Raw(0x86);
        var pair = (object?[])Read(pickle)!;
        Assert.That(pair[0], Is.EqualTo(new object?[] { 1L, 2L, 3L }));
        Assert.That(pair[1], Is.SameAs(pair[0]));
    }

    [TestCase("os", "system")]
    [TestCase("builtins", "eval")]
    [TestCase("__builtin__", "getattr")]
    [TestCase("torch", "load")]
    [TestCase("torch._utils", "_rebuild_device_tensor_from_numpy")]
    [TestCase("torch.storage", "_load_from_bytes")]
    [TestCase("collections.OrderedDict", "fromkeys")]
    public void a_foreign_name_is_refused_by_name(string module, string name) =>
        Refuses(new PickleWriter().Global(module, name).Text("echo").Raw(0x85).Reduce(), $"'{module}.{name}'", "nothing of it was run");

    [Test]
    public void a_known_name_with_other_arguments_is_refused()
    {
        Refuses(new PickleWriter().Global("collections", "OrderedDict").Number(1).Raw(0x85).Reduce(), "OrderedDict other arguments");
        Refuses(new PickleWriter().Global("torch", "FloatStorage").EmptyTuple().Reduce(), "torch.FloatStorage other arguments");
        Refuses(new PickleWriter().Global("torch._utils", "_rebuild_tensor_v2").EmptyTuple().Reduce(), "tensor_v2 other arguments");
        long[] manyAxes = [.. Enumerable.Repeat(1L, 9)];
        Refuses(new PickleWriter().Tensor("0", "FloatStorage", 1, 0, manyAxes, manyAxes), "_rebuild_tensor_v2 other arguments");
    }

    [Test]
    public void a_persistent_id_that_is_no_storage_is_refused()
    {
        Refuses(new PickleWriter().Text("../../etc/passwd").PersistentId(), "other than a storage");
        Refuses(new PickleWriter().Mark().Text("module").Text("x").Tuple().PersistentId(), "other than a storage");
    }

    [TestCase("nothing at all", new byte[] { })]
    [TestCase("no end", new byte[] { (byte)'N' })]
    [TestCase("two values", new byte[] { (byte)'N', (byte)'N', (byte)'.' })]
    [TestCase("pop from nothing", new byte[] { 0x85, (byte)'.' })]
    [TestCase("tuple without a mark", new byte[] { (byte)'N', (byte)'t', (byte)'.' })]
    [TestCase("value below the mark", new byte[] { (byte)'N', (byte)'(', 0x85, (byte)'.' })]
    [TestCase("recall of nothing", new byte[] { (byte)'h', 1, (byte)'.' })]
    [TestCase("keep of nothing", new byte[] { (byte)'q', 1, (byte)'.' })]
    [TestCase("key without a value", new byte[] { (byte)'}', (byte)'(', (byte)'K', 1, (byte)'u', (byte)'.' })]
    [TestCase("key that is null", new byte[] { (byte)'}', (byte)'N', (byte)'N', (byte)'s', (byte)'.' })]
    [TestCase("key twice", new byte[] { (byte)'}', (byte)'(', (byte)'K', 1, (byte)'N', (byte)'K', 1, (byte)'N', (byte)'u', (byte)'.' })]
    [TestCase("item of a number", new byte[] { (byte)'K', 1, (byte)'N', (byte)'N', (byte)'s', (byte)'.' })]
    [TestCase("append to a number", new byte[] { (byte)'K', 1, (byte)'N', (byte)'a', (byte)'.' })]
    [TestCase("attributes of a number", new byte[] { (byte)'K', 1, (byte)'N', (byte)'b', (byte)'.' })]
    [TestCase("call of a number", new byte[] { (byte)'K', 1, (byte)')', (byte)'R', (byte)'.' })]
    [TestCase("call without a tuple", new byte[] { (byte)'K', 1, (byte)'N', (byte)'R', (byte)'.' })]
    [TestCase("text longer than all", new byte[] { (byte)'X', 255, 255, 255, 255, (byte)'.' })]
    [TestCase("text that is not UTF-8", new byte[] { (byte)'X', 1, 0, 0, 0, 255, (byte)'.' })]
    [TestCase("number longer than 64 bits", new byte[] { 0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte)'.' })]
    [TestCase("name without an end", new byte[] { (byte)'c', (byte)'o', (byte)'s' })]
    [TestCase("protocol 5", new byte[] { 0x80, 5, (byte)'N', (byte)'.' })]
    [TestCase("opcode of instances", new byte[] { (byte)'(', (byte)'i', (byte)'.' })]
    [TestCase("opcode of extensions", new byte[] { 0x82, 1, (byte)'.' })]
    public void a_broken_pickle_is_refused(string fault, byte[] opcodes)
    {
        TestContext.Out.WriteLine(fault);
        Refusal.Of(() => RestrictedUnpickler.Read([0x80, 2, .. opcodes], "a.pth"), "a.pth");
    }

    private static object? Read(PickleWriter pickle) => RestrictedUnpickler.Read(pickle.Stop(), "a.pth");

    private static void Refuses(PickleWriter pickle, params string[] parts)
    {
        byte[] bytes = pickle.Stop();
        Refusal.Of(() => RestrictedUnpickler.Read(bytes, "a.pth"), ["a.pth", .. parts]);
    }
}
