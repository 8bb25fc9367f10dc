using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Kernels.Vector;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// The kernels of one model on one device, loaded once: the element types of weights and cache are chosen here, the tile's height at
/// each launch by the number of rows (which changes no bit of a result). Shapes are those of the kernels' own parameters.
/// </summary>
public abstract class KernelSet : IDisposable
{
    /// <summary>Rows of the highest tile. Buffers that tiles read are readable up to a multiple of this.</summary>
    public const int LargestTileHeight = 16;

    private protected KernelSet(KernelForm form, ElementType inputType)
    {
        Form = form;
        InputType = inputType;
    }

    /// <summary>The form of the linear layers, never <see cref="KernelForm.Automatic"/>. Weights are packed in its order, see <see cref="Arrange"/>.</summary>
    public KernelForm Form { get; }

    /// <summary>The type in which linear layers take their input; rounded to the weights' type it is in any case.</summary>
    public ElementType InputType { get; }

    /// <summary>Whether <see cref="GateUp"/> keeps gate and up in between, and wants memory for them.</summary>
    public abstract bool KeepsGateUp { get; }

    /// <summary>Device memory that the kernels take for themselves, in bytes, allocated or still to be.</summary>
    public abstract long WorkspaceBytes { get; }

    /// <summary>The tiles that attention wants.</summary>
    public abstract AttentionTiling Tiling { get; }

    /// <summary>Whether attention takes its queries in the cache's type; else as float32, rounded to it.</summary>
    public abstract bool HasPackedQueries { get; }

    /// <summary>Chooses the kernels for element types and a device.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="weights">Type of the weights.</param>
    /// <param name="keyValues">Type of cached keys and values.</param>
    /// <param name="groupSize">Work items of a group: 1 on the CPU accelerator, where barriers are dear.</param>
    /// <param name="form">Which form of the kernels.</param>
    /// <param name="tuning">Which of the matrix unit's linear kernels runs when; changes no bit.</param>
    public static KernelSet Create(
        Accelerator accelerator,
        ElementType weights,
        ElementType keyValues,
        int groupSize,
        KernelForm form = KernelForm.Automatic,
        LinearTuning? tuning = null)
    {
        if (accelerator is CudaAccelerator cuda)
            DependentLaunches.Enable(cuda);
        if (form == KernelForm.Automatic)
            form = FormFor(accelerator, weights);
        if (form == KernelForm.Portable)
        {
            return weights switch
            {
                ElementType.Float32 => CreatePortable<Float32>(accelerator, keyValues, groupSize),
                ElementType.BFloat16 => CreatePortable<BFloat16>(accelerator, keyValues, groupSize),
                _ => CreatePortable<Float16>(accelerator, keyValues, groupSize),
            };
        }

        if (form == KernelForm.Vector)
        {
            return weights switch
            {
                ElementType.Float32 => CreateVector<Float32>(accelerator, keyValues, groupSize),
                ElementType.BFloat16 => CreateVector<BFloat16>(accelerator, keyValues, groupSize),
                _ => CreateVector<Float16>(accelerator, keyValues, groupSize),
            };
        }

        bool isCuda = accelerator.AcceleratorType == AcceleratorType.Cuda;
        return weights switch
        {
            ElementType.BFloat16 when isCuda =>
                CreateMatrix<BFloat16, BFloat16MatrixUnit, PtxPacketMemory, BFloat16Warpgroup>(accelerator, weights, keyValues, groupSize, tuning),
            ElementType.BFloat16 =>
                CreateMatrix<BFloat16, EmulatedMatrixUnit<BFloat16>, EmulatedPacketMemory, EmulatedWarpgroup<BFloat16>>(accelerator, weights, keyValues, groupSize, tuning),
            ElementType.Float16 when isCuda =>
                CreateMatrix<Float16, Float16MatrixUnit, PtxPacketMemory, Float16Warpgroup>(accelerator, weights, keyValues, groupSize, tuning),
            ElementType.Float16 =>
                CreateMatrix<Float16, EmulatedMatrixUnit<Float16>, EmulatedPacketMemory, EmulatedWarpgroup<Float16>>(accelerator, weights, keyValues, groupSize, tuning),
            _ => throw new ArgumentOutOfRangeException(nameof(weights), weights, "the matrix unit takes weights of 16 bits"),
        };
    }

    /// <summary>The form that a device is given of itself.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="weights">Type of the weights.</param>
    public static KernelForm FormFor(Accelerator accelerator, ElementType weights) =>
        weights != ElementType.Float32 && HasMatrixUnit(accelerator.Device)
            ? KernelForm.MatrixUnit
            : IsOpenCLCpu(accelerator) ? KernelForm.Vector : KernelForm.Portable;

    /// <summary>Whether a device has the matrix unit that the kernels want: the tensor cores of sm_80 and newer.</summary>
    public static bool HasMatrixUnit(Device device) =>
        device is CudaDevice { Architecture: { } architecture } && architecture >= CudaArchitecture.SM_80;

    /// <summary>The group size that suits a device. An OpenCL CPU runs the items of a group one after the other: alone they need no barrier.</summary>
    public static int GroupSizeFor(Accelerator accelerator) => accelerator.AcceleratorType switch
    {
        AcceleratorType.CPU => 1,
        AcceleratorType.OpenCL => IsOpenCLCpu(accelerator) ? 1 : 32,
        _ => 128,
    };

    /// <summary>Brings a matrix in the order of <see cref="PackedLayout"/> into the one that these kernels want, in place and once.</summary>
    public abstract void Arrange(PackedMatrix matrix);

    /// <summary>See <see cref="EmbeddingKernel"/>.</summary>
    public abstract void Embed(ArrayView<int> tokenIds, ArrayView<Packet> embedding, ArrayView<Packet> residual, int tokens, int hiddenOctets);

    /// <summary>See <see cref="RmsNormKernel"/>.</summary>
    public abstract void RmsNorm(
        ArrayView<Packet> input, ArrayView<int> inputRows, ArrayView<Packet> weight, ArrayView<Packet> output, int rows, int hidden, float epsilon);

    /// <summary>See <see cref="LinearKernel"/>: the result, with the bias where the matrix has one, replaces the output.</summary>
    public abstract void Linear(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride);

    /// <summary>See <see cref="LinearKernel"/>: the result, with the bias where the matrix has one, is added to the output.</summary>
    public abstract void LinearAccumulate(ArrayView<Packet> input, PackedMatrix weight, ArrayView<float> output, int rows, int outputStride);

    /// <summary>Gate and up projection and SwiGLU, in one launch where the form has that.</summary>
    /// <param name="input">[row, inputOctet].</param>
    /// <param name="weight">Gate and up, in the form's order.</param>
    /// <param name="gateUp">[row, gate or up, octet], float32; not used unless the form <see cref="KeepsGateUp"/>.</param>
    /// <param name="product">[row, octet].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="octets">Octets of a row of the product.</param>
    public abstract void GateUp(
        ArrayView<Packet> input, PackedMatrix weight, ArrayView<Packet> gateUp, ArrayView<Packet> product, int rows, int octets);

    /// <summary>See <see cref="RopeKernel"/>.</summary>
    public abstract void Rope(
        StepView step,
        ArrayView<float> projected,
        ArrayView<Rotation> rotations,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        KvLayout layout,
        AttentionShape shape,
        int layer,
        int tokens);

    /// <summary>See <see cref="AttentionKernel"/>; the tiles are cut as <see cref="Tiling"/> has it.</summary>
    public abstract void Attention(
        StepView step,
        AttentionTiles tiles,
        ArrayView<Packet> queries,
        ArrayView<Packet> cache,
        ArrayView<Packet> output,
        AttentionPartials partials,
        KvLayout layout,
        AttentionShape shape,
        int layer);

    /// <summary>See <see cref="SwiGluKernel"/>.</summary>
    public abstract void SwiGlu(ArrayView<Packet> gateUp, ArrayView<Packet> product, int tokens, int octets);

    /// <summary>See <see cref="ArgmaxKernel"/>.</summary>
    /// <param name="logits">[row, stride].</param>
    /// <param name="bestOfPieces">[row, piece], <see cref="ArgmaxKernel.PiecesFor"/>: for what is known in between.</param>
    /// <param name="bestIds">[row].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="stride">Elements from a row to the next.</param>
    public abstract void Argmax(
        ArrayView<float> logits, ArrayView<int> bestOfPieces, ArrayView<int> bestIds, int rows, int vocabulary, int stride);

    /// <summary>See <see cref="TopKKernel"/>.</summary>
    /// <param name="logits">[row of the step, stride].</param>
    /// <param name="rows">[row] which row of the step it is.</param>
    /// <param name="ofPieces">[row, piece, place], <see cref="TopKKernel.PiecesFor"/>: for what is known in between.</param>
    /// <param name="likeliest">[row, place], <see cref="TopKKernel.ListLength"/>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="stride">Elements from a row of the step to the next.</param>
    public abstract void TopK(
        ArrayView<float> logits,
        ArrayView<int> rows,
        ArrayView<TokenLogit> ofPieces,
        ArrayView<TokenLogit> likeliest,
        int count,
        int vocabulary,
        int stride);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The lowest tile that holds so many rows, or the highest there is.</summary>
    public static int TileHeightFor(int rows)
    {
        int height = 1;
        while (height < rows && height < LargestTileHeight)
            height *= 2;
        return height;
    }

    private static bool IsOpenCLCpu(Accelerator accelerator) => accelerator.Device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_CPU };

    private static KernelSet CreateVector<TWeight>(Accelerator accelerator, ElementType keyValues, int groupSize)
        where TWeight : struct, IElement => Create<TWeight, Float32, InterleavedOrder>(
            accelerator,
            keyValues,
            groupSize,
            KernelForm.Vector,
            ElementType.Float32,
            new LinearByStorage(new VectorLinear<TWeight>(accelerator), new VectorLinear<Int8>(accelerator)));

    private static KernelSet CreatePortable<TWeight>(Accelerator accelerator, ElementType keyValues, int groupSize)
        where TWeight : struct, IElement => Create<TWeight, Float32, InterleavedOrder>(
            accelerator,
            keyValues,
            groupSize,
            KernelForm.Portable,
            ElementType.Float32,
            new LinearByStorage(new PortableLinear<TWeight>(accelerator, groupSize), new PortableLinear<Int8>(accelerator, groupSize)));

    private static KernelSet CreateMatrix<TWeight, TUnit, TMemory, TGroup>(
        Accelerator accelerator, ElementType weights, ElementType keyValues, int groupSize, LinearTuning? tuning)
        where TWeight : struct, IElement16
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
    {
        var workspace = new PieceWorkspace(accelerator);
        var linear = new LinearByStorage(
            new MatrixLinear<TUnit, TMemory, TGroup, SixteenBitWeights>(accelerator, workspace, tuning ?? LinearTuning.Default),
            new MatrixLinear<TUnit, TMemory, TGroup, ByteWeights>(accelerator, workspace, tuning ?? LinearTuning.Default));
        return Create<TWeight, TWeight, MatrixOrder>(
            accelerator, keyValues, groupSize, KernelForm.MatrixUnit, weights, linear, MatrixAttention<TWeight>(accelerator, keyValues));
    }

    // Null where keys and values are float32: the portable form serves.
    private static IAttentionForm? MatrixAttention<TInput>(Accelerator accelerator, ElementType keyValues)
        where TInput : struct, IElement => (keyValues, accelerator.AcceleratorType == AcceleratorType.Cuda) switch
        {
            (ElementType.BFloat16, true) => new MatrixAttention<BFloat16MatrixUnit, PtxPacketMemory, TInput>(accelerator),
            (ElementType.Float16, true) => new MatrixAttention<Float16MatrixUnit, PtxPacketMemory, TInput>(accelerator),
            (ElementType.BFloat16, false) => new MatrixAttention<EmulatedMatrixUnit<BFloat16>, EmulatedPacketMemory, TInput>(accelerator),
            (ElementType.Float16, false) => new MatrixAttention<EmulatedMatrixUnit<Float16>, EmulatedPacketMemory, TInput>(accelerator),
            _ => null,
        };

    private static KernelSet Create<TWeight, TInput, TOrder>(
        Accelerator accelerator,
        ElementType keyValues,
        int groupSize,
        KernelForm form,
        ElementType inputType,
        ILinearForm linear,
        IAttentionForm? attention = null)
        where TWeight : struct, IElement
        where TInput : struct, IElement
        where TOrder : struct, IWeightOrder => keyValues switch
        {
            ElementType.Float32 => new KernelSet<TWeight, Float32, TInput, TOrder>(accelerator, groupSize, form, inputType, linear, attention),
            ElementType.BFloat16 => new KernelSet<TWeight, BFloat16, TInput, TOrder>(accelerator, groupSize, form, inputType, linear, attention),
            _ => new KernelSet<TWeight, Float16, TInput, TOrder>(accelerator, groupSize, form, inputType, linear, attention),
        };
}
