using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

/// <summary>
/// The matrix instruction, element by element, against the layout of fragments that NVIDIA publishes (PTX ISA, "Matrix fragments for
/// mma.m16n8k16"): the emulated one on the CPU accelerator, the tensor cores where there are any.
/// </summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfWarps))]
public sealed class MatrixUnitTests(TestBackend backend) : KernelFixture(backend)
{
    private const int Rows = 16, Columns = 8, Depth = 16, Lanes = 32;

    /// <summary>One product by one warp; what the lanes hold is brought and taken in the order of lanes.</summary>
    public static void Multiply<TUnit>(
        ArrayView<uint> left, // [lane, 4]
        ArrayView<uint> right, // [lane, 2]
        ArrayView<float> sums) // [lane, 4]
        where TUnit : struct, IMatrixUnit
    {
        ArrayView<uint> exchange = TUnit.AllocateExchange(1);
        int lane = Group.IdxX;
        MatrixSums own = default;
        own.E0 = sums[4 * lane];
        own.E1 = sums[4 * lane + 1];
        own.E2 = sums[4 * lane + 2];
        own.E3 = sums[4 * lane + 3];
        own = TUnit.MultiplyAdd(
            own, left[4 * lane], left[4 * lane + 1], left[4 * lane + 2], left[4 * lane + 3], right[2 * lane], right[2 * lane + 1], exchange);
        sums[4 * lane] = own.E0;
        sums[4 * lane + 1] = own.E1;
        sums[4 * lane + 2] = own.E2;
        sums[4 * lane + 3] = own.E3;
    }

    [Test]
    public void Every_element_is_where_it_was_published([Values(ElementType.BFloat16, ElementType.Float16)] ElementType type)
    {
        // Small whole numbers, so that every sum is exact in whatever order.
        var random = new Random(1);
        float[,] a = new float[Rows, Depth], b = new float[Depth, Columns], c = new float[Rows, Columns];
        Fill(a);
        Fill(b);
        Fill(c);
        var left = new uint[Lanes * 4];
        var right = new uint[Lanes * 2];
        var sums = new float[Lanes * 4];
        for (int lane = 0; lane < Lanes; lane++)
        {
            int group = lane / 4, inGroup = lane % 4;
            for (int i = 0; i < 8; i++)
            {
                int row = i is 0 or 1 or 4 or 5 ? group : group + 8;
                int column = inGroup * 2 + (i & 1) + (i < 4 ? 0 : 8);
                left[lane * 4 + i / 2] |= (uint)Rounding.ToBits(type, a[row, column]) << 16 * (i & 1);
            }

            for (int i = 0; i < 4; i++)
                right[lane * 2 + i / 2] |= (uint)Rounding.ToBits(type, b[inGroup * 2 + (i & 1) + (i < 2 ? 0 : 8), group]) << 16 * (i & 1);
            for (int i = 0; i < 4; i++)
                sums[lane * 4 + i] = c[i < 2 ? group : group + 8, inGroup * 2 + (i & 1)];
        }

        ArrayView<float> sumsOnDevice = Device.Upload(sums);
        Launch(type)(new KernelConfig(1, Lanes), Device.Upload(left), Device.Upload(right), sumsOnDevice);
        float[] after = KernelDevice.Download(sumsOnDevice);

        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int i = 0; i < 4; i++)
            {
                int row = i < 2 ? lane / 4 : lane / 4 + 8, column = lane % 4 * 2 + (i & 1);
                float expected = c[row, column];
                for (int k = 0; k < Depth; k++)
                    expected += a[row, k] * b[k, column];
                Assert.That(after[lane * 4 + i], Is.EqualTo(expected), $"lane {lane}, element {i}: row {row}, column {column}");
            }
        }

        void Fill(float[,] matrix)
        {
            for (int i = 0; i < matrix.GetLength(0); i++)
            {
                for (int j = 0; j < matrix.GetLength(1); j++)
                    matrix[i, j] = random.Next(-8, 9);
            }
        }
    }

    private Action<KernelConfig, ArrayView<uint>, ArrayView<uint>, ArrayView<float>> Launch(ElementType type)
    {
        bool isCuda = Device.Accelerator.AcceleratorType == AcceleratorType.Cuda;
        return (type, isCuda) switch
        {
            (ElementType.BFloat16, true) => Load<BFloat16MatrixUnit>(),
            (ElementType.BFloat16, false) => Load<EmulatedMatrixUnit<BFloat16>>(),
            (_, true) => Load<Float16MatrixUnit>(),
            _ => Load<EmulatedMatrixUnit<Float16>>(),
        };
    }

    private Action<KernelConfig, ArrayView<uint>, ArrayView<uint>, ArrayView<float>> Load<TUnit>()
        where TUnit : struct, IMatrixUnit =>
        Device.Accelerator.LoadStreamKernel<ArrayView<uint>, ArrayView<uint>, ArrayView<float>>(Multiply<TUnit>);
}
