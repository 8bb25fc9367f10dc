namespace Paged.Ilgpu.Tests.Support;

/// <summary>Right files with a few bytes changed.</summary>
internal static class Mutation
{
    /// <summary>How long each reader is tried, with all the kinds of files that it reads; PAGED_FUZZ_SECONDS asks for longer runs, such as 600.</summary>
    public static TimeSpan Duration { get; } =
        TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("PAGED_FUZZ_SECONDS") ?? "4"));

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
