using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;
using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Tests.Weights.Gguf;

public class GgufFileTests
{
    private const string Name = "model.gguf";

    [Test]
    public void Metadata_is_read_by_type([Values(2u, 3u)] uint version)
    {
        byte[] content = SmallGguf.Metadata().Bool("flag", 1).UInt64("whole", 1ul << 40).Floats("fractions", 0.5f, 2).Finish(version);
        using var folder = new TestFolder();
        using GgufFile file = GgufFile.Open(folder.Write(Name, content));
        GgufMetadata metadata = file.Metadata;
        Assert.Multiple(() =>
        {
            Assert.That(metadata.Text("general.name"), Is.EqualTo("small"));
            Assert.That(metadata.Whole("llama.block_count"), Is.EqualTo(2));
            Assert.That(metadata.Whole("whole"), Is.EqualTo(1L << 40));
            Assert.That(metadata.Flag("flag"), Is.True);
            Assert.That(metadata.Texts("tokenizer.ggml.tokens"), Is.EqualTo(new[] { "<s>", "a", "é" }));
            Assert.That(metadata.Wholes("tokenizer.ggml.token_type"), Is.EqualTo(new[] { 3L, 1, 1 }));
            Assert.That(metadata.Fractions("fractions"), Is.EqualTo(new[] { 0.5, 2 }));
            Assert.That(metadata.Text("absent"), Is.Null);
            Assert.That(metadata.Keys.First(), Is.EqualTo("general.architecture"));
        });
        Refusal.Of(() => metadata.Text("flag"), Name, "'flag'", "a text");
        Refusal.Of(() => metadata.Wholes("tokenizer.ggml.tokens"), "'tokenizer.ggml.tokens'", "whole numbers");
    }

    [Test]
    public void A_file_that_ends_early_is_refused_wherever_it_ends()
    {
        byte[] whole = SmallGguf.Write(ElementType.BFloat16).Finish();
        using var folder = new TestFolder();
        for (int length = 1; length < whole.Length; length += length < 4000 ? 7 : 9001)
            Refusal.Of(() => GgufFile.Open(folder.Write(Name, whole[..length])).Dispose(), Name);
    }

    [Test]
    public void What_is_no_GGUF_file_is_refused()
    {
        Refuses([.. "GGML"u8, .. new byte[40]], "'GGUF'");
        Refuses(new GgufWriter().Finish(version: 1), "version 1");
        Refuses(new GgufWriter().Finish(version: 0x03000000), "version 50331648", "little-endian");
        Refuses(new GgufWriter().Finish(tensorCount: long.MaxValue), "9223372036854775807 tensors");
        Refuses(new GgufWriter().Finish(entryCount: 1L << 40), "1099511627776 entries");
    }

    [Test]
    public void Metadata_that_lies_is_refused()
    {
        Refuses(new GgufWriter().Text("a", "b").Text("a", "c").Finish(), "'a' twice");
        Refuses(new GgufWriter().Bool("a", 2).Finish(), "'a'", "out of range");
        Refuses(new GgufWriter().UInt64("a", ulong.MaxValue).Finish(), "'a'", "out of range");
        Refuses(new GgufWriter().Entry("a", 99, _ => { }).Finish(), "'a'", "type 99");
        Refuses(new GgufWriter().Entry("a", 8, writer => writer.Write(ulong.MaxValue)).Finish(), "bytes of a text");
        Refuses(Array(4, ulong.MaxValue), "elements of an array");
        Refuses(Array(8, 1 << 20), "elements of an array");
        Refuses(Array(9, 1), "'a'", "numbers or texts");
        Refuses(new GgufWriter().UInt32("general.alignment", 7).Finish(), "general.alignment", "multiple of 8");
        Refuses(new GgufWriter().UInt32("general.alignment", 0).Finish(), "general.alignment");
    }

    [Test]
    public void Tensors_that_lie_are_refused()
    {
        Refuses(Tensor([4, 32], 0, new byte[8]), "'t'", "512 bytes", "truncated");
        Refuses(Tensor([long.MaxValue, 32], 0, new byte[8]), "'t'", "impossible shape");
        Refuses(Tensor([-1, 32], 0, new byte[8]), "'t'", "impossible shape");
        Refuses(Tensor([1, 1, 1, 1, 1], 0, new byte[8]), "5 axes");
        Refuses(Tensor([2, 33], 8, new byte[80]), "'t'", "rows of 33 elements in Q8_0", "multiple of 32");
        Refuses(Tensor([1, 8], 0, new byte[64], offset: 8), "'t'", "multiple of 32");
        Refuses(Tensor([1, 8], 0, new byte[64], offset: ulong.MaxValue - 31), "'t'", "truncated");
        Refuses(new GgufWriter().Tensor(new string('n', 65), 0, [1], new byte[4]).Finish(), "65 characters");
    }

    [Test]
    public void A_type_that_cannot_be_read_is_listed_and_named_when_it_is_wanted()
    {
        using var folder = new TestFolder();
        folder.Write(Name, Tensor([2, 256], 13, new byte[352]));
        using (GgufFile file = GgufFile.Open(folder[Name]))
            Assert.That((file.Tensors[0].TypeName, file.Tensors[0].Type), Is.EqualTo(("Q5_K", (ElementType?)null)));
        folder.Write(Name, SmallGguf.Metadata().Tensor("token_embd.weight", 13, [40, 256], new byte[40 * 176]).Finish());
        Refusal.Of(() => Checkpoint.Open(folder[Name]), "'token_embd.weight'", "type Q5_K", "Q8_0, Q4_0, Q4_K or Q6_K");
    }

    private static byte[] Array(uint type, ulong count) => new GgufWriter().Entry("a", 9, writer =>
    {
        writer.Write(type);
        writer.Write(count);
    }).Finish();

    private static byte[] Tensor(long[] shape, uint type, byte[] data, ulong? offset = null) =>
        new GgufWriter().Tensor("t", type, shape, data, offset).Finish();

    private static void Refuses(byte[] content, params string[] parts)
    {
        using var folder = new TestFolder();
        Refusal.Of(() => GgufFile.Open(folder.Write(Name, content)).Dispose(), [Name, .. parts]);
    }
}
