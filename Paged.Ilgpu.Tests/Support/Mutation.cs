using System.Diagnostics;
using System.Globalization;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Right files with a few bytes changed.</summary>
internal static class Mutation
{
    private const int Count = 500;

    /// <summary>
    /// The numbers of the mutations that each reader is tried with, of all the kinds of files that it reads: the same ones wherever the tests
    /// run. PAGED_FUZZ_SECONDS asks for as many as that time allows, such as 600.
    /// </summary>
    public static IEnumerable<int> Numbers()
    {
        string? seconds = Environment.GetEnvironmentVariable("PAGED_FUZZ_SECONDS");
        TimeSpan longest = TimeSpan.FromSeconds(double.Parse(seconds ?? "0", CultureInfo.InvariantCulture));
        var clock = Stopwatch.StartNew();
        for (int number = 0; seconds is null ? number < Count : clock.Elapsed < longest; number++)
            yield return number;
    }

    /// <summary>One to four of: another byte, a bit turned, bytes left out, bytes repeated, an extreme number.</summary>
    public static byte[] Of(byte[] whole, int begin, int end, Random random)
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
}
