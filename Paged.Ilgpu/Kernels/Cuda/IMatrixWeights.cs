using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// How weights lie in the packets of <see cref="MatrixLayout"/> and become factors of the matrix unit, given to a kernel as a type parameter.
/// </summary>
public interface IMatrixWeights
{
    /// <summary>Packets that a lane reads of a block of 16 columns in a step, one for each run of 32: 2, or 1 for eight bits.</summary>
    static abstract int PacketsPerBlock { get; }

    /// <summary>Reads a lane's weights of a block in a step, as elements of 16 bits.</summary>
    /// <param name="staged">[packet, lane].</param>
    /// <param name="index">This lane's first packet.</param>
    static abstract BlockWeights Load<TUnit, TMemory>(StagedPackets staged, int index)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory;

    /// <summary>The finished sum of products with these elements, in the units that the weights had.</summary>
    /// <param name="sum">The sum over input features.</param>
    /// <param name="scales">[column padded to whole tiles]; not read where elements need none.</param>
    /// <param name="column">Output feature.</param>
    static abstract float Scale(float sum, ArrayView<float> scales, int column);
}

/// <summary>
/// A lane's weights of a block of columns in a step, a pair of input features of each of four octets, of two columns, see <see cref="MatrixLayout"/>.
/// </summary>
public struct BlockWeights
{
    /// <summary>What the matrix unit takes first: the step's first 16 input features.</summary>
    public Packet First;

    /// <summary>What it takes then: the other 16.</summary>
    public Packet Second;
}
