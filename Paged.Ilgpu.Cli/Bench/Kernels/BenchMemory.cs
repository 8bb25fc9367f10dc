using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>
/// Memory for kernels that are timed, filled with small numbers in every element type. What a kernel would find in no cache during a
/// step is taken from a large buffer at a new place each time, round and round.
/// </summary>
internal sealed class BenchMemory : IDisposable
{
    // 0x3c3c is 0.0115 in bfloat16 and 1.06 in float16; 0x3c3c3c3c is 0.0115 in float32.
    private const byte Filling = 0x3c;

    private readonly Accelerator _accelerator;
    private readonly MemoryBuffer1D<Packet, Stride1D.Dense> _cold;
    private readonly List<MemoryBuffer> _buffers = [];

    /// <param name="accelerator">The device.</param>
    /// <param name="coldPackets">Packets of the large buffer.</param>
    public BenchMemory(Accelerator accelerator, long coldPackets)
    {
        _accelerator = accelerator;
        _cold = accelerator.Allocate1D<Packet>(coldPackets);
        FillWithSmallNumbers(_cold.View);
    }

    /// <summary>Multiprocessors of the device.</summary>
    public int Multiprocessors => _accelerator.NumMultiprocessors;

    /// <summary>The whole large buffer.</summary>
    public ArrayView<Packet> Cold => _cold.View;

    /// <summary>So many packets that no launch before has read lately.</summary>
    /// <param name="launch">Number of the launch.</param>
    /// <param name="packets">How many.</param>
    public ArrayView<Packet> ColdPackets(int launch, long packets) => _cold.View.AsContiguous().SubView(launch % (_cold.Length / packets) * packets, packets);

    // Words whose halves, and which themselves, are near a hundredth in bfloat16 and float32, near one in float16, of either sign. Numbers
    // that differ: of equal ones the matrix units of a GPU multiply more a second, since they take less power.
    private void FillWithSmallNumbers(ArrayView<Packet> view)
    {
        var random = new Random(1);
        uint Half() => 0x3c00u | (uint)random.Next(128) | (uint)random.Next(2) << 15;
        uint Word() => Half() | Half() << 16;
        var chunk = new Packet[Math.Min(view.Length, 1 << 16)];
        for (int index = 0; index < chunk.Length; index++)
            chunk[index] = new Packet(Word(), Word(), Word(), Word());
        view.SubView(0, chunk.Length).CopyFromCPU(chunk);
        for (long done = chunk.Length; done < view.Length; done *= 2)
        {
            long length = Math.Min(done, view.Length - done);
            view.SubView(0, length).CopyTo(_accelerator.DefaultStream, view.SubView(done, length));
        }

        _accelerator.Synchronize();
    }

    /// <summary>A buffer of its own.</summary>
    public ArrayView<T> Allocate<T>(long length)
        where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = _accelerator.Allocate1D<T>(length);
        _buffers.Add(buffer);
        buffer.MemSet(_accelerator.DefaultStream, Filling);
        return buffer.View;
    }

    /// <summary>A buffer with contents.</summary>
    public ArrayView<T> Upload<T>(T[] values)
        where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = _accelerator.Allocate1D(values);
        _buffers.Add(buffer);
        return buffer.View;
    }

    public void Dispose()
    {
        foreach (MemoryBuffer buffer in _buffers)
            buffer.Dispose();
        _cold.Dispose();
    }
}
