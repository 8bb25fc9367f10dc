namespace Paged.Ilgpu;

/// <summary>Whether the weights of linear layers are stored in fewer bits than the type of the weights has.</summary>
public enum WeightQuantization
{
    /// <summary>They are stored in the type of the weights.</summary>
    None,

    /// <summary>
    /// Signed bytes from -127 to 127, symmetric about zero, with a float32 scale for each output feature. Activations are not quantized, and
    /// an embedding, also one that is the output matrix too, stays as it is.
    /// </summary>
    Int8,
}
