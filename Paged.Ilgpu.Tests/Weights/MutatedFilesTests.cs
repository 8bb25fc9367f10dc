using System.Diagnostics;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

/// <summary>
/// Right files with a few bytes changed: each is refused in one sentence or gives a model that can be read to its end. A case is a reader; the
/// kinds of files that it reads take turns.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class MutatedFilesTests
{
    private const int Seed = 20261123;

    // What reading a header may take: the tables of the largest model that a configuration can name, and some for each byte there.
    private const long FixedBytes = 64 << 20;
    private const long BytesPerByte = 400;

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    // Each file with the part of it that says something: its elements may be any bytes.
    [TestCase("pickle", "consolidated.00.pth:data.pkl", "consolidated.01.pth:data.pkl", "pytorch_model.bin:data.pkl")]
    [TestCase("zip", "consolidated.00.pth:zip directory", "pytorch_model.bin:zip directory")]
    [TestCase("safetensors", "model.safetensors:header")]
    [TestCase("GGUF", "model.gguf:header")]
    [TestCase("JSON", "model.safetensors.index.json:all", "params.json:all", "config.json:all")]
    public void a_mutated_file_is_refused_or_read(string reader, params string[] files)
    {
        MutatedFile[] turns = [.. files.Select(file => new MutatedFile(file.Split(':')[0], file.Split(':')[1]))];
        var random = new Random(Seed);
        int refused = 0;
        int read = 0;
        foreach (int number in Mutation.Numbers())
        {
            MutatedFile turn = turns[number % turns.Length];
            int length = turn.Mutate(random);
            string mutation = $"{turn.Name}, seed {Seed}, mutation {number}";
            long started = Stopwatch.GetTimestamp();
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ReadEverything(turn.Folder.Path);
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
            Assert.That(allocated, Is.LessThan(FixedBytes + BytesPerByte * length), mutation);
            Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(Hang), mutation);
        }

        foreach (MutatedFile turn in turns)
            turn.Folder.Dispose();
        TestContext.Out.WriteLine($"{reader}, seed {Seed}: {refused} refused, {read} read");
        Assert.That(refused, Is.GreaterThan(10));
    }

    /// <summary>A whole checkpoint, one of whose files is mutated again and again.</summary>
    private sealed class MutatedFile
    {
        private readonly byte[] _whole;
        private readonly int _begin;
        private readonly int _end;

        public MutatedFile(string name, string part)
        {
            Name = name;
            Write(Folder, name);
            _whole = File.ReadAllBytes(Folder[name]);
            (_begin, _end) = part switch
            {
                "data.pkl" => (0, _whole.Length / 3),
                "zip directory" => (_whole.AsSpan().IndexOf("PK\u0001\u0002"u8), _whole.Length),
                "header" when name == "model.gguf" => (0, _whole.AsSpan().IndexOf("output.weight"u8)),
                "header" => (0, _whole.AsSpan().LastIndexOf("}}"u8) + 2),
                _ => (0, _whole.Length),
            };
        }

        public string Name { get; }

        public TestFolder Folder { get; } = new();

        /// <returns>The length of what was written.</returns>
        public int Mutate(Random random)
        {
            byte[] mutated = Mutation.Of(_whole, _begin, _end, random);
            Folder.Write(Name, mutated);
            return mutated.Length;
        }
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
