using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Tests.Kernels;

public sealed class PackedLayoutTests
{
    [Test]
    public void Every_octet_has_a_place_of_its_own([Values(1, 7, 8, 9, 64, 101)] int columns, [Values(1, 2, 9, 130)] int octets)
    {
        long count = PackedLayout.OctetCount(columns, octets);
        HashSet<long> places = [];
        for (int column = 0; column < columns; column++)
        {
            for (int octet = 0; octet < octets; octet++)
            {
                long place = PackedLayout.FirstOctet(column, octets) + (long)octet * PackedLayout.ColumnsPerTile;
                Assert.That(place, Is.InRange(0, count - 1));
                Assert.That(places.Add(place), $"column {column}, octet {octet}");
            }
        }
    }

    [Test]
    public void Columns_of_a_tile_are_interleaved() =>
        Assert.That(
            new[] { 0, 1, 7, 8, 9 }.Select(column => PackedLayout.FirstOctet(column, octets: 5)),
            Is.EqualTo(new long[] { 0, 1, 7, 40, 41 }));

    [Test]
    public void Places_pass_two_to_the_31()
    {
        Assert.That(PackedLayout.OctetCount(columns: 1_000_000, octets: 4_096), Is.EqualTo(4_096_000_000));
        Assert.That(PackedLayout.FirstOctet(column: 999_999, octets: 4_096), Is.EqualTo(4_096_000_000 - 4_096 * 8 + 7));
    }

    [Test]
    public void Pieces_cover_a_sum_and_begin_at_whole_steps()
    {
        for (int octets = 1; octets < 10_000; octets++)
        {
            int perPiece = PackedLayout.OctetsPerPiece(octets);
            int pieces = (octets + perPiece - 1) / perPiece;
            bool isRight = octets < 128 ? perPiece == octets : perPiece % 4 == 0 && pieces is 3 or 4;
            if (!isRight)
                Assert.Fail($"{octets} octets in {pieces} pieces of {perPiece}");
        }
    }
}
