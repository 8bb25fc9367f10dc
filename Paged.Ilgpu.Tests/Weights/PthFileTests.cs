using System.IO.Compression;
using System.Text;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

public class PthFileTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void tensors_are_found_in_zips_of_either_width(bool zip64)
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        TestTensor tensor = TestTensor.Of("a", ElementType.Float16, [2, 3], values);
        using var folder = new TestFolder();
        using PthFile file = PthFile.Open(folder.Write("a.pth", PthWriter.Write([tensor], zip64)));
        var read = new float[6];
        file.Tensors[0].Read(0, read);
        Assert.Multiple(() =>
        {
            Assert.That(read, Is.EqualTo(values));
            Assert.That(file.Tensors[0].Name, Is.EqualTo("a"));
            Assert.That(file.Tensors[0].Shape, Is.EqualTo(new[] { 2, 3 }));
            Assert.That(file.ModelArguments, Is.Null);
        });
    }

    [Test]
    public void a_model_may_be_nested_beside_its_arguments_and_named_by_the_compiler()
    {
        PickleWriter pickle = new PickleWriter().EmptyDict().Mark().Text("model").EmptyDict().Mark().Text("_orig_mod.a");
        pickle.Tensor("0", "FloatStorage", 4, 1, [3], [1]).SetItems();
        pickle.Text("model_args").EmptyDict().Mark().Text("dim").Number(12).Text("dropout").Fraction(0.5).SetItems();
        pickle.Text("iter_num").Number(-3).SetItems();
        using var folder = new TestFolder();
        using PthFile file = PthFile.Open(folder.Write("a.pt", PthWriter.Write(pickle.Stop(), [new byte[16]])));
        Assert.Multiple(() =>
        {
            Assert.That(file.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "a" }));
            Assert.That(file.ModelArguments, Is.EqualTo(new Dictionary<string, object?> { ["dim"] = 12L, ["dropout"] = 0.5 }));
        });
    }

    [TestCase(0, new long[] { 5 }, new long[] { 1 }, "shape [5]")]
    [TestCase(1, new long[] { 4 }, new long[] { 1 }, "from element 1")]
    [TestCase(-1, new long[] { 4 }, new long[] { 1 }, "from element -1")]
    [TestCase(0, new long[] { -4 }, new long[] { 1 }, "shape [-4]")]
    [TestCase(0, new[] { 1L << 32, 1L << 32 }, new[] { 1L << 32, 1L }, "shape [4294967296, 4294967296]")]
    [TestCase(long.MaxValue, new long[] { 1 }, new long[] { 1 }, "from element 9223372036854775807")]
    [TestCase(0, new long[] { 2, 2 }, new long[] { 1, 2 }, "strides [1, 2]")]
    [TestCase(0, new long[] { 2, 2 }, new long[] { 1 }, "strides [1]")]
    [TestCase(0, new long[] { 2, 2 }, new long[] { 0, 1 }, "strides [0, 1]")]
    public void a_view_that_its_storage_does_not_have_is_refused(long offset, long[] shape, long[] strides, string message) =>
        RefusesPickle(OneTensor(pickle => pickle.Tensor("0", "FloatStorage", 4, offset, shape, strides)), "'weight'", message);

    [TestCase("0", 5, "expected 5 elements")]
    [TestCase("0", -1, "expected -1 elements")]
    [TestCase("0", long.MaxValue, "expected 9223372036854775807 elements")]
    [TestCase("1", 4, "storage '1'")]
    [TestCase("../data.pkl", 4, "storage '../data.pkl'")]
    public void a_storage_that_the_file_does_not_have_is_refused(string key, long elements, string message) =>
        RefusesPickle(OneTensor(pickle => pickle.Tensor(key, "FloatStorage", elements, 0, [4], [1])), message);

    [Test]
    public void an_entry_that_is_no_tensor_is_refused() =>
        RefusesPickle(OneTensor(pickle => pickle.Number(3)), "'weight'", "tensors by name");

    [Test]
    public void a_pickle_of_something_else_is_refused() => RefusesPickle(new PickleWriter().Number(3).Stop(), "other than a dict");

    [Test]
    public void a_zip_without_a_pickle_is_refused() =>
        Refuses(ZipWriter.Write([("archive/data/0", new byte[16])]), "0 entries named data.pkl");

    [Test]
    public void compressed_entries_are_refused()
    {
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        using (Stream entry = archive.CreateEntry("archive/data.pkl", CompressionLevel.Optimal).Open())
            entry.Write(new byte[1000]);
        Refuses(zip.ToArray(), "'archive/data.pkl'", "compressed");
    }

    [Test]
    public void a_big_endian_file_is_refused() =>
        Refuses(
            ZipWriter.Write([("a/data.pkl", new PickleWriter().EmptyDict().Stop()), ("a/byteorder", Encoding.ASCII.GetBytes("big"))]),
            "little-endian");

    [Test]
    public void a_truncated_file_is_refused()
    {
        byte[] whole = PthWriter.Write(TinyModel.MetaTensors(ElementType.BFloat16));
        Refuses(whole[..^1], "truncated");
        Refuses(whole[..(whole.Length / 2)], "truncated");
        Refuses(whole[100..], "damaged"); // its beginning is gone, so every offset is wrong
        Refuses([.. "PK"u8], "does not end as a zip does");
        Refuses([], "is empty");
    }

    private static byte[] OneTensor(Func<PickleWriter, PickleWriter> writeValue) =>
        writeValue(new PickleWriter().EmptyDict().Mark().Text("weight")).SetItems().Stop();

    // A pickle beside one storage of 16 bytes.
    private static void RefusesPickle(byte[] pickle, params string[] parts) => Refuses(PthWriter.Write(pickle, [new byte[16]]), parts);

    private static void Refuses(byte[] content, params string[] parts)
    {
        using var folder = new TestFolder();
        string path = folder.Write("a.pth", content);
        Refusal.Of(() => PthFile.Open(path).Dispose(), [path, .. parts]);
    }
}
