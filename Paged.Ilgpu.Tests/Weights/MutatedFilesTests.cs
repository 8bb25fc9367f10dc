using System.Diagnostics;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

/// <summary>Right files with a few bytes changed: each is refused in one sentence or gives a model that can be read to its end.</summary>
public class MutatedFilesTests
{
    private const int Seed = 20261123;

    // What reading a header may take: the tables of the largest model that a configuration can name, and some for each byte there.
    private const long FixedBytes = 64 << 20;
    private const long BytesPerByte = 400;

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(10);

    // The part of a file that says something: its elements may be any bytes.
    [TestCase("consolidated.00.pth", "data.pkl")]
    [TestCase("consolidated.00.pth", "zip directory")]
    [TestCase("consolidated.01.pth", "data.pkl")]
    [TestCase("pytorch_model.bin", "data.pkl")]
    [TestCase("model.safetensors", "header")]
    [TestCase("model.safetensors.index.json", "all")]
    [TestCase("model.gguf", "header")]
    [TestCase("params.json", "all")]
    [TestCase("config.json", "all")]
    public void a_mutated_file_is_refused_or_read(string name, string part)
    {
        using var folder = new TestFolder();
        Write(folder, name);
        byte[] whole = File.ReadAllBytes(folder[name]);
        (int begin, int end) = part switch
        {
            "data.pkl" => (0, whole.Length / 3),
            "zip directory" => (whole.AsSpan().IndexOf("PK\u0001\u0002"u8), whole.Length),
            "header" when name == "model.gguf" => (0, whole.AsSpan().IndexOf("output.weight"u8)),
            "header" => (0, whole.AsSpan().LastIndexOf("}}"u8) + 2),
            _ => (0, whole.Length),
        };
        var random = new Random(Seed);
        int refused = 0;
        int read = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Mutation.Duration;)
        {
            byte[] mutated = Mutation.Of(whole, begin, end, random);
            folder.Write(name, mutated);
            string mutation = $"seed {Seed}, mutation {refused + read}";
            TimeSpan started = clock.Elapsed;
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ReadEverything(folder.Path);
                read++;
            }
            catch (PagedException refusal)
            {
                Assert.That(refusal.Message, Does.Not.Contain("\n").And.Length.LessThan(600), refusal.Message);
                refused++;
            }
            catch (Exception fault)
            {
                Assert.Fail($"{mutation}: {fault}");
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.That(allocated, Is.LessThan(FixedBytes + BytesPerByte * mutated.Length), mutation);
            Assert.That(clock.Elapsed - started, Is.LessThan(Hang), mutation);
        }

        TestContext.Out.WriteLine($"seed {Seed}: {refused} refused, {read} read");
        Assert.That(refused, Is.GreaterThan(10));
    }

    private static void Write(TestFolder folder, string name)
    {
        switch (name)
        {
            case "consolidated.00.pth" or "params.json":
                TinyModel.WriteMeta(folder);
                break;
            case "consolidated.01.pth":
                SmallModel.WriteMeta(folder, ElementType.BFloat16, files: 2, embeddingByColumns: true);
                break;
            case "model.safetensors.index.json":
                SmallModel.WriteHuggingFace(folder, ElementType.BFloat16, "model.safetensors", files: 3);
                break;
            case "pytorch_model.bin":
                folder.Write("config.json", TinyModel.ConfigJson);
                folder.Write(name, PthWriter.Write(TinyModel.HuggingFaceTensors(ElementType.Float16)));
                break;
            case "model.gguf":
                GgufWriter writer = SmallGguf.Metadata(new GgufWriter(), TinyModel.Config);
                foreach ((string ours, int rows, int columns) in ExpectedTensors.Of(TinyModel.Config))
                {
                    TestTensor tensor = SmallModel.Make(SmallGguf.Rename(ours), ElementType.Float32, rows, columns, TinyModel.Values(ours));
                    writer.Tensor(tensor.Name, 0, tensor.Shape, tensor.Data);
                }

                folder.Write(name, writer.Finish());
                break;
            default:
                TinyModel.WriteHuggingFace(folder);
                break;
        }
    }

    private static void ReadEverything(string folder)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        Assert.That(checkpoint.Files.Select(file => Path.GetDirectoryName(file.Path)), Is.All.EqualTo(folder));
        foreach ((string name, int rows, int columns) in ExpectedTensors.Of(checkpoint.Config))
        {
            WeightTensor tensor = checkpoint.Weights.GetTensor(name, rows, columns);
            var row = new float[columns];
            tensor.ReadRow(0, row);
            tensor.ReadRow(rows - 1, row);
        }

        Assert.That(RopeFrequencies.Compute(checkpoint.Config), Has.All.Matches<double>(double.IsFinite));
    }
}
