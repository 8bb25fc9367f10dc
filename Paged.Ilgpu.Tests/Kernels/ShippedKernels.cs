using System.Reflection;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Tests.Kernels;

using EightOctets = JoinedOctets<JoinedOctets<OctetPair, OctetPair>, JoinedOctets<OctetPair, OctetPair>>;
using FourOctets = JoinedOctets<OctetPair, OctetPair>;

/// <summary>A kernel with its type parameters closed, and the values that a launch on a CUDA device specialises it with.</summary>
internal sealed record ShippedKernel(string Name, MethodInfo Method, object[] SpecializedValues)
{
    /// <summary>What a work item of a linear layer reads in less than sixteen bytes: what it adds to, a bias, and of a quantized matrix all.</summary>
    public int SingleElements { get; init; }

    /// <summary>Items of a group, where the launch bounds do not say.</summary>
    public int GroupSize { get; init; } = ShippedKernels.GroupSize;

    /// <summary>What the compiler is told of its launches.</summary>
    public KernelSpecialization LaunchBounds { get; init; }

    /// <summary>Whether it is for devices of sm_90 alone, by instructions that no other generation has.</summary>
    public bool IsForHopper => Method.GetGenericArguments().Any(type => type.IsAssignableTo(typeof(IWarpgroup)));

    /// <summary>Whether its exponentials and reciprocals are those of <see cref="IMatrixUnit"/>: of attention's softmax and of SwiGLU.</summary>
    public bool Approximates => IsMatrixAttention || Method.GetGenericArguments().Any(type => type.ToString().Contains(nameof(SwiGluSums<>), StringComparison.Ordinal));

    /// <summary>Groups of one of its clusters.</summary>
    public int ClusterSize => Method.DeclaringType == typeof(PieceWarpgroupKernel) ? ClusterMeeting.Groups : IsSent ? SentGroups : 1;

    private int SentGroups => (int)typeof(TileShare).GetMethod(nameof(TileShare.Groups))!.MakeGenericMethod(Form).Invoke(null, null)!;

    private Type Form => Method.GetGenericArguments().Single(type => type.IsAssignableTo(typeof(ITileForm)));

    private bool IsSent => Method.DeclaringType == typeof(WarpgroupLinearKernel);

    /// <summary>What must be among the kernel's instructions: wide loads, or the matrix unit and what feeds it.</summary>
    public IEnumerable<string> RequiredInstructions =>
        IsMatrixAttention ? ["HMMA.16816.F32", "LDGSTS.E.BYPASS", "LDS.128", "LDSM.16.MT88.4"]
        : IsSent && Form.Name == typeof(SplitTile<>).Name ? ["HGMMA.64x", "UTMALDG.3D [", "USETMAXREG", "LDS.128", "UBLKCP", "UCGABAR_ARV", "UCGABAR_WAIT"]
        : IsSent ? ["HGMMA.64x", "UTMALDG.3D.MULTICAST", "UTMALDG.3D [", "USETMAXREG", "LDS.128", "UCGABAR_ARV", "UCGABAR_WAIT"]
        : ClusterSize > 1 ? ["HGMMA.64x", "LDGSTS.E.BYPASS", "LDS.128", "UBLKCP", "UCGABAR_ARV", "UCGABAR_WAIT"]
        : IsForHopper ? ["HGMMA.64x", "LDGSTS.E.BYPASS", "LDS.128"]
        : Name.Contains("MatrixUnit", StringComparison.Ordinal) ? ["HMMA.16816.F32", "LDGSTS.E.BYPASS", "LDS.128", "LDSM.16.M88.4"]
        : Name.Contains(nameof(MatrixOrder), StringComparison.Ordinal) ? [] // pair by pair
        : Method.DeclaringType == typeof(ArgmaxKernel) || Method.DeclaringType == typeof(TopKKernel) || Method.DeclaringType == typeof(RopeKernel) ? [] // float by float
        : ["LDG.E.128"];

    private bool IsMatrixAttention => Method.DeclaringType == typeof(SplitAttentionKernel) || Method.DeclaringType == typeof(LongAttentionKernel);

    public override string ToString() => Name;
}

/// <summary>Every specialization of every kernel that a CUDA device may be given.</summary>
internal static class ShippedKernels
{
    /// <summary>What <see cref="KernelSet.GroupSizeFor"/> says of CUDA devices.</summary>
    public const int GroupSize = 128;

    private static readonly Type[] Elements = [typeof(Float32), typeof(BFloat16), typeof(Float16)];

    private static readonly Type[] SixteenBits = [typeof(BFloat16), typeof(Float16)];

    private static readonly Type[] Units = [typeof(BFloat16MatrixUnit), typeof(Float16MatrixUnit)];

    // What all but a few kernels of the matrix unit have.
    private static readonly Type[] Unnamed = [typeof(PtxPacketMemory), typeof(SixteenBitWeights), typeof(BFloat16Warpgroup), typeof(Float16Warpgroup), typeof(ClusterMeeting)];

    private static readonly Type[] RowBlocks =
    [
        typeof(OneRowBlock), typeof(PairOfRowBlocks<OneRowBlock>), typeof(PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>),
        typeof(PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>),
        typeof(PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>),
        typeof(PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>>),
    ];

    // Of tiles whose steps are sent: their form, what a group has of them, and the rows of a warpgroup.
    private static readonly (Type Form, Type Share, Type Blocks)[] SentTiles =
    [
        (typeof(WideTile), typeof(WholeTiles), RowBlocks[5]),
        (typeof(WideTile), typeof(PieceOfTile), RowBlocks[5]),
        .. from blocks in RowBlocks[3..5]
           select (typeof(NarrowTile<>).MakeGenericType(blocks), typeof(WholeTiles), blocks),
        .. from blocks in RowBlocks[2..4]
           select (typeof(PairedTile<>).MakeGenericType(blocks), typeof(WholeTiles), blocks),
        (typeof(SplitTile<>).MakeGenericType(RowBlocks[3]), typeof(WholeTiles), RowBlocks[3]),
    ];

    private static readonly (int Elements, Type Sums, Type Parts)[] Heads =
    [
        (64, typeof(EightOctets), typeof(WholeHead)),
        (96, typeof(JoinedOctets<EightOctets, FourOctets>), typeof(WholeHead)),
        (128, typeof(JoinedOctets<EightOctets, EightOctets>), typeof(WholeHead)),
        (256, typeof(JoinedOctets<EightOctets, EightOctets>), typeof(HalfHead)),
    ];

    private static readonly Type[] Tiles =
    [
        typeof(OneRow), typeof(Pair<OneRow>), typeof(Pair<Pair<OneRow>>), typeof(Pair<Pair<Pair<OneRow>>>),
        typeof(Pair<Pair<Pair<Pair<OneRow>>>>),
    ];

    public static IEnumerable<ShippedKernel> Small =>
    [
        .. from element in Elements
           select Close(typeof(SwiGluKernel), [element], GroupSize),
        .. from element in Elements
           from query in element == typeof(Float32) ? [element] : (Type[])[typeof(Float32), element]
           select Close(typeof(RopeKernel), [element, query], GroupSize),
        .. from element in Elements
           select Close(typeof(EmbeddingKernel), [element, typeof(InterleavedOrder)], GroupSize),
        .. from element in Elements
           select CloseNorm(element, typeof(Float32)),
        .. from element in SixteenBits
           select Close(typeof(EmbeddingKernel), [element, typeof(MatrixOrder)], GroupSize),
        .. from element in SixteenBits
           select CloseNorm(element, element),
        new ShippedKernel(nameof(ArgmaxKernel), typeof(ArgmaxKernel).GetMethod(nameof(ArgmaxKernel.Run))!, [GroupSize]),
        new ShippedKernel(
            $"{nameof(ArgmaxKernel)}.{nameof(ArgmaxKernel.Merge)}", typeof(ArgmaxKernel).GetMethod(nameof(ArgmaxKernel.Merge))!, [GroupSize]),
        Close(typeof(TopKKernel), [typeof(LogitRows)], GroupSize),
        Close(typeof(TopKKernel), [typeof(TokenLists)], GroupSize),
    ];

    public static IEnumerable<ShippedKernel> Linear =>
        from weight in (Type[])[.. Elements, typeof(Int8)]
        from tile in Tiles
        from write in (Type[])[typeof(Assign), typeof(Accumulate), typeof(AssignBiased), typeof(AccumulateBiased)]
        select Close(typeof(LinearKernel), [weight, tile, write], GroupSize) with
        {
            SingleElements = (weight == typeof(Int8) ? 1 + Height(tile) : 0) // an octet, and a scale for each sum
                + (write == typeof(Accumulate) || write == typeof(AccumulateBiased) ? Height(tile) : 0)
                + (write == typeof(AssignBiased) || write == typeof(AccumulateBiased) ? 1 : 0),
        };

    /// <summary>All pairs of types at heads of 64 and 128, and one type at the other sizes that models have.</summary>
    public static IEnumerable<ShippedKernel> Attention =>
    [
        .. from keyValue in Elements
           from weight in Elements
           from tile in Tiles
           from headDim in (int[])[64, 80, 96, 128, 256]
           where headDim is 64 or 128 || (weight == typeof(BFloat16) && keyValue == typeof(BFloat16))
           from input in weight == typeof(Float32) ? [weight] : (Type[])[typeof(Float32), weight]
           where weight != typeof(Float32) || keyValue == typeof(Float32)
           select Close(typeof(AttentionKernel), [keyValue, weight, input, tile], headDim / Octet.Length, GroupSize),
    ];

    /// <summary>
    /// What the engine loads on CUDA devices without being told otherwise: the matrix unit's linear layers, the portable ones for float32, and
    /// attention over a cache of the weights' type, at the head sizes of Llama models.
    /// </summary>
    public static IEnumerable<ShippedKernel> ByDefault =>
    [
        .. Matrix,
        .. MatrixBiased,
        .. MatrixAttention,
        .. Small,
        .. from tile in Tiles
           from write in (Type[])[typeof(Assign), typeof(Accumulate)]
           select Close(typeof(LinearKernel), [typeof(Float32), tile, write], GroupSize),
        .. from element in Elements
           where element == typeof(Float32)
           from tile in Tiles
           select Close(typeof(AttentionKernel), [element, element, element, tile], 128 / Octet.Length, GroupSize),
    ];

    /// <summary>Linear layers on the tensor cores of sm_80 and newer.</summary>
    public static IEnumerable<ShippedKernel> Matrix =>
    [
        .. from unit in Units
           from weights in (Type[])[typeof(SixteenBitWeights), typeof(ByteWeights)]
           from finish in Finishes(unit)
           from kernel in (ShippedKernel[])
           [
               .. from blocks in RowBlocks.Take(2)
                  select Close(typeof(FewRowsLinearKernel), [unit, typeof(PtxPacketMemory), weights, blocks, finish]) with
                  {
                      LaunchBounds = FewRowsLinearKernel.LaunchBounds,
                  },
               .. from blocks in RowBlocks.Take(4)
                  select Close(typeof(SomeRowsLinearKernel), [unit, typeof(PtxPacketMemory), weights, blocks, finish]) with
                  {
                      LaunchBounds = SomeRowsLinearKernel.LaunchBounds,
                  },
               .. from share in (Type[])[typeof(WholeTiles), typeof(PieceOfTile)]
                  select Close(typeof(ManyRowsLinearKernel), [unit, typeof(PtxPacketMemory), weights, share, finish]) with
                  {
                      LaunchBounds = ManyRowsLinearKernel.LaunchBounds,
                  },
               .. from blocks in RowBlocks[2..5]
                  let warpgroup = unit == typeof(BFloat16MatrixUnit) ? typeof(BFloat16Warpgroup) : typeof(Float16Warpgroup)
                  select Close(typeof(SomeRowsWarpgroupKernel), [unit, typeof(PtxPacketMemory), warpgroup, weights, blocks, finish]) with
                  {
                      LaunchBounds = (KernelSpecialization)typeof(SomeRowsWarpgroupKernel).GetMethod(nameof(SomeRowsWarpgroupKernel.LaunchBounds))!
                          .MakeGenericMethod(weights, blocks).Invoke(null, null)!,
                  },
               .. from blocks in RowBlocks[2..4]
                  let warpgroup = unit == typeof(BFloat16MatrixUnit) ? typeof(BFloat16Warpgroup) : typeof(Float16Warpgroup)
                  select Close(typeof(PieceWarpgroupKernel), [unit, typeof(PtxPacketMemory), warpgroup, typeof(ClusterMeeting), weights, blocks, finish]) with
                  {
                      LaunchBounds = PieceWarpgroupKernel.LaunchBounds,
                  },
               .. from tile in SentTiles
                  where unit == typeof(BFloat16MatrixUnit) || tile.Form == typeof(WideTile) // the types differ in the matrix instruction alone
                  let warpgroup = unit == typeof(BFloat16MatrixUnit) ? typeof(BFloat16Warpgroup) : typeof(Float16Warpgroup)
                  let feed = typeof(SentSteps<>).MakeGenericType(tile.Form)
                  select Close(typeof(WarpgroupLinearKernel), [unit, typeof(PtxPacketMemory), warpgroup, tile.Form, feed, tile.Share, weights, tile.Blocks, finish]) with
                  {
                      LaunchBounds = WarpgroupLinearKernel.LaunchBounds<SentSteps<WideTile>>(),
                  },
           ]
           select kernel,
    ];

    /// <summary>The same for matrices with biases, which few models have, in bfloat16: float16 differs in the matrix instruction alone.</summary>
    public static IEnumerable<ShippedKernel> MatrixBiased => Matrix.Where(kernel => kernel.Method.GetGenericArguments()[0] == typeof(BFloat16MatrixUnit)).Select(kernel => kernel with
    {
        Name = $"{kernel.Name} biased",
        Method = kernel.Method.GetGenericMethodDefinition().MakeGenericMethod([.. kernel.Method.GetGenericArguments().Select(
            type => type.IsAssignableTo(typeof(IFinish)) ? typeof(BiasedFinish<>).MakeGenericType(type) : type)]),
    });

    /// <summary>Of each kernel, for each storage of weights, with and without biases, the largest.</summary>
    public static IEnumerable<ShippedKernel> SomeOfMatrix =>
        from kernel in (ShippedKernel[])[.. Matrix, .. MatrixBiased]
        group kernel by (kernel.Method.DeclaringType, kernel.Method.GetGenericArguments().Contains(typeof(ByteWeights)), IsBiased(kernel)) into alike
        select alike.Last();

    /// <summary>Attention on the tensor cores, at all head sizes.</summary>
    public static IEnumerable<ShippedKernel> MatrixAttention =>
        from unit in Units
        from head in Heads
        from kernel in (ShippedKernel[])
        [
            CloseAttention(typeof(SplitAttentionKernel), unit, head) with { LaunchBounds = SplitAttentionKernel.LaunchBounds },
            CloseAttention(typeof(LongAttentionKernel), unit, head) with
            {
                LaunchBounds = head.Parts == typeof(WholeHead)
                    ? LongAttentionKernel.LaunchBounds<WholeHead>()
                    : LongAttentionKernel.LaunchBounds<HalfHead>(),
            },
        ]
        select kernel;

    private static bool IsBiased(ShippedKernel kernel) => kernel.Method.GetGenericArguments().Any(type => type.Name == typeof(BiasedFinish<>).Name);

    private static ShippedKernel CloseAttention(Type kernel, Type unit, (int Elements, Type Sums, Type Parts) head)
    {
        Type element = unit == typeof(BFloat16MatrixUnit) ? typeof(BFloat16) : typeof(Float16);
        MethodInfo method = kernel.GetMethod(nameof(LinearKernel.Run))!.MakeGenericMethod(unit, typeof(PtxPacketMemory), element, head.Sums, head.Parts);
        return new ShippedKernel($"{kernel.Name}<{unit.Name},{element.Name},{head.Elements} elements>", method, []);
    }

    private static Type[] Finishes(Type unit) =>
    [
        typeof(AssignSums), typeof(AddSums), typeof(SwiGluSums<>).MakeGenericType(unit),
    ];

    private static ShippedKernel CloseNorm(Type weight, Type input) =>
        Close(typeof(RmsNormKernel), [weight, input], RmsNormKernel.Strands) with { GroupSize = RmsNormKernel.Strands };

    private static int Height(Type tile) => 1 << Array.IndexOf(Tiles, tile);

    private static ShippedKernel Close(Type kernel, Type[] typeArguments, params object[] values)
    {
        MethodInfo method = kernel.GetMethod(nameof(LinearKernel.Run))!.MakeGenericMethod(typeArguments);
        string arguments = string.Join(',', typeArguments.Where(type => !Unnamed.Contains(type) && type.Name != typeof(SentSteps<>).Name).Select(NameOf));
        string specialized = values.Length == 0 ? "" : $"({string.Join(',', values)})";
        return new ShippedKernel($"{kernel.Name}<{arguments}>{specialized}", method, values);
    }

    private static string NameOf(Type type) =>
        Tiles.Contains(type) ? $"{Height(type)} rows"
        : RowBlocks.Contains(type) ? $"{8 << Array.IndexOf(RowBlocks, type)} rows"
        : type.Name.Split('`')[0];
}
