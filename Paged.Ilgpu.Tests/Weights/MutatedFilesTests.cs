using System.Diagnostics;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

/// <summary>Right files with a few bytes changed: each is refused in one sentence or gives a model that can be read to its end.</summary>
public class MutatedFilesTests
{
    private const int Seed = 20261123;

    // PAGED_FUZZ_SECONDS asks for longer runs.
    private static readonly TimeSpan Duration =
        TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("PAGED_FUZZ_SECONDS") ?? "1"));

    // The part of a file that says something: its elements may be any bytes.
    [TestCase("consolidated.00.pth", "data.pkl")]
    [TestCase("consolidated.00.pth", "zip directory")]
    [TestCase("model.safetensors", "header")]
    [TestCase("params.json", "all")]
    [TestCase("config.json", "all")]
    public void a_mutated_file_is_refused_or_read(string name, string part)
    {
        using var folder = new TestFolder();
        if (name is "consolidated.00.pth" or "params.json")
            TinyModel.WriteMeta(folder);
        else
            TinyModel.WriteHuggingFace(folder);
        byte[] whole = File.ReadAllBytes(folder[name]);
        (int begin, int end) = part switch
        {
            "data.pkl" => (0, whole.Length / 3),
            "zip directory" => (whole.AsSpan().IndexOf("PK\u0001\u0002"u8), whole.Length),
            "header" => (0, whole.AsSpan().LastIndexOf("}}"u8) + 2),
            _ => (0, whole.Length),
        };
        var random = new Random(Seed);
        int refused = 0;
        int read = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Duration;)
        {
            byte[] mutated = Mutate(random, whole, begin, end);
            folder.Write(name, mutated);
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
                Assert.Fail($"seed {Seed}, mutation {refused + read}: {fault}");
            }
        }

        TestContext.Out.WriteLine($"seed {Seed}: {refused} refused, {read} read");
        Assert.That(refused, Is.GreaterThan(10));
    }

    // One to four of: another byte, a bit turned, bytes left out, bytes repeated, an extreme number.
    private static byte[] Mutate(Random random, byte[] whole, int begin, int end)
    {
        List<byte> bytes = [.. whole];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int at = random.Next(begin, end);
            int count = Math.Min(random.Next(1, 9), bytes.Count - at);
            switch (count < 1 ? -1 : random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, count);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, count));
                    break;
                case 4:
                    for (int i = 0; i < count; i++)
                        bytes[at + i] = (byte)(i == count - 1 ? 0x7F : 0xFF);
                    break;
            }
        }

        return [.. bytes];
    }

    private static void ReadEverything(string folder)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
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
