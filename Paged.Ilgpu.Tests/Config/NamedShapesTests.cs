using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Config;

internal sealed class NamedShapesTests
{
    // As the releases' model cards count them.
    [TestCase("llama-2-7b", 6_738_415_616)]
    [TestCase("llama-125m", 124_668_672)]
    [TestCase("llama-2-13b", 13_015_864_320)]
    [TestCase("llama-2-70b", 68_976_648_192)]
    [TestCase("llama-3-8b", 8_030_261_248)]
    [TestCase("llama-3-70b", 70_553_706_496)]
    [TestCase("llama-3.1-8b", 8_030_261_248)]
    [TestCase("llama-3.1-70b", 70_553_706_496)]
    [TestCase("llama-3.1-405b", 405_853_388_800)]
    [TestCase("llama-3.2-1b", 1_235_814_400)]
    [TestCase("llama-3.2-3b", 3_212_749_824)]
    [TestCase("tinyllama-1.1b", 1_100_048_384)]
    [TestCase("smollm2-135m", 134_515_008)]
    [TestCase("smollm2-360m", 361_821_120)]
    [TestCase("smollm2-1.7b", 1_711_376_384)]
    public void a_named_shape_has_as_many_parameters_as_its_release(string name, long parameters)
    {
        ModelShape shape = ModelShape.Find(name, vocabularySize: null);
        Assert.That(shape.ParameterCount, Is.EqualTo(parameters));
        Assert.That(ConfigLimits.Check(shape.Config, name), Is.EqualTo(shape.Config));
    }

    [Test]
    public void every_name_is_held_to_its_parameters_above() => Assert.That(NamedShapes.Names, Has.Count.EqualTo(15));
}
