using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

public class SafetensorsFileTests
{
    [Test]
    public void tensors_come_in_the_order_of_their_bytes()
    {
        string header = $"{{{Entry("b", "F32", [1, 2], 8, 16)},\"__metadata__\":null,{Entry("a", "I64", [1], 0, 8)}}}";
        using var folder = new TestFolder();
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("a.safetensors", SafetensorsWriter.Write(header, new byte[16])));
        Assert.Multiple(() =>
        {
            Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "a", "b" }));
            Assert.That(file.Tensors.Select(tensor => tensor.Type), Is.EqualTo(new ElementType?[] { null, ElementType.Float32 }));
            Assert.That(file.Tensors[1].Shape, Is.EqualTo(new[] { 1, 2 }));
        });
    }

    [Test]
    public void a_range_outside_the_file_is_refused() =>
        RefusesHeader($"{{{Entry("a", "F32", [8], 0, 32)}}}", "'a'", "0 to 32", "16 bytes");

    [Test]
    public void a_range_that_runs_backwards_is_refused() => RefusesHeader($"{{{Entry("a", "F32", [1], 8, 4)}}}", "'a'", "8 to 4");

    [Test]
    public void a_negative_range_is_refused() => RefusesHeader($"{{{Entry("a", "F32", [1], -4, 0)}}}", "'a'", "-4 to 0");

    [Test]
    public void overlapping_tensors_are_refused() =>
        RefusesHeader($"{{{Entry("a", "F32", [3], 0, 12)},{Entry("b", "F32", [2], 8, 16)}}}", "'b'", "byte 8", "overlaps");

    [Test]
    public void a_hole_is_refused() =>
        RefusesHeader($"{{{Entry("a", "F32", [1], 0, 4)},{Entry("b", "F32", [2], 8, 16)}}}", "4 to 8", "hole");

    [Test]
    public void bytes_after_the_last_tensor_are_refused() =>
        RefusesHeader($"{{{Entry("a", "F32", [1], 0, 4)}}}", "16 bytes", "4 that its header");

    [Test]
    public void a_shape_of_another_size_is_refused() => RefusesHeader($"{{{Entry("a", "F32", [3], 0, 16)}}}", "16 bytes", "[3]");

    [TestCase(long.MaxValue, 2)]
    [TestCase(1L << 32, 1L << 32)]
    [TestCase(1L << 62, 4)]
    [TestCase(-2, -2)]
    public void a_shape_that_overflows_is_refused(long rows, long columns) =>
        RefusesHeader($"{{{Entry("a", "F32", [rows, columns], 0, 16)}}}", "'a'", $"[{rows}, {columns}]");

    [Test]
    public void an_unknown_type_is_refused() => RefusesHeader($"{{{Entry("a", "F12", [4], 0, 16)}}}", "'a'", "'F12'");

    [TestCase("""{"a":{"dtype":"F32","shape":[4]}}""")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4.5],"data_offsets":[0,16]}}""")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16,32]}}""")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,1e999]}}""")]
    [TestCase("""{"a":{"dtype":7,"shape":[4],"data_offsets":[0,16]}}""")]
    [TestCase("""{"a":[0,16]}""")]
    public void a_malformed_entry_is_refused(string header) => RefusesHeader(header, "'a'", "malformed");

    [Test]
    public void a_name_that_stands_twice_is_refused() =>
        RefusesHeader($"{{{Entry("a", "F32", [2], 0, 8)},{Entry("a", "F32", [2], 8, 16)}}}", "not valid JSON");

    [TestCase("[]", "Array")]
    [TestCase("{", "not valid JSON")]
    [TestCase("{\"\\ud800\":1}", "")]
    public void a_header_that_is_no_object_is_refused(string header, string message) => RefusesHeader(header, message);

    [Test]
    public void a_header_longer_than_the_file_is_refused()
    {
        byte[] file = SafetensorsWriter.Write("{}", []);
        file[6] = 0x7F; // 2^54 and more
        Refuses(file, "header of", "at most 2");
    }

    [Test]
    public void a_truncated_file_is_refused()
    {
        byte[] whole = SafetensorsWriter.Write(TinyModel.HuggingFaceTensors(ElementType.BFloat16));
        Refuses(whole[..^1], "truncated");
        Refuses(whole[..100], "header of");
        Refuses(whole[..5], "5 bytes");
        Refuses([], "is empty");
    }

    private static string Entry(string name, string type, long[] shape, long begin, long end) =>
        SafetensorsWriter.Entry(name, type, shape, begin, end);

    // A header before 16 bytes of elements.
    private static void RefusesHeader(string header, params string[] parts) =>
        Refuses(SafetensorsWriter.Write(header, new byte[16]), parts);

    private static void Refuses(byte[] content, params string[] parts)
    {
        using var folder = new TestFolder();
        string path = folder.Write("a.safetensors", content);
        Refusal.Of(() => SafetensorsFile.Open(path).Dispose(), [path, .. parts]);
    }
}
