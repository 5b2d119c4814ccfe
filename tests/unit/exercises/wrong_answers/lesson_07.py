"""Typical wrong answers to the exercises of lesson 07, with the hint that each gets."""

COST = (
    "def layer_cost(size, kernel_size, channels_in, filters):\n"
    "    weights = kernel_size**2 * channels_in * filters\n    "
)
FIELD = (
    "def receptive_field(layers):\n    field, step = 1, 1\n    for kernel_size, stride in layers:\n        "
)
MODULE = (
    "def inception_cost(channels, one, three, five, pooled):\n"
    "    maps = one + three[1] + five[1] + pooled\n"
    "    products = channels * (one + three[0] + five[0] + pooled)\n"
    "    products += 9 * three[0] * three[1] + 25 * five[0] * five[1]\n    "
)
RESIDUAL = "def residual(x, first, second):\n    made = np.maximum(0, x @ first) @ second\n    return "

WRONG_ANSWERS = {
    "07_cnn_architectures/layer_cost": [
        (COST + "return weights, weights * size**2", "a bias as well"),
        (COST + "return weights + 1, weights * size**2", "a bias of its own"),
        (COST + "return weights + filters, weights", "at one place"),
        (COST + "return weights + filters, weights * size", "rows *and* columns"),
        (COST + "return weights + filters, (weights + filters) * size**2", "Leave the bias out"),
        (COST + "return weights + filters, 2 * weights * size**2", "are one"),
        (
            COST.replace(" * channels_in", "") + "return weights + filters, weights * size**2",
            "every input channel",
        ),
        (COST + "return weights + filters", "parameters"),
    ],
    "07_cnn_architectures/receptive_field": [
        (FIELD + "field += kernel_size - 1\n    return field", "multiply k − 1 with the step"),
        (FIELD + "step *= stride\n        field += (kernel_size - 1) * step\n    return field", "*after* it"),
        (
            FIELD + "field += (kernel_size - 1) * step\n        step = stride\n    return field",
            "*all* later layers",
        ),
        (
            FIELD + "field += (kernel_size - 1) * step\n        step += stride\n    return field",
            "Steps multiply",
        ),
        (
            FIELD.replace("1, 1", "0, 1")
            + "field += kernel_size * step\n        step *= stride\n    return field",
            "begin with 1",
        ),
        (
            FIELD + "field += kernel_size * step\n        step *= stride\n    return field",
            "k − 1 pixels, not k",
        ),
        (
            FIELD
            + "field += (kernel_size - 1) * step\n        step *= stride\n        return field\n    return 1",
            "the loop must go on",
        ),
    ],
    "07_cnn_architectures/inception_cost": [
        (MODULE + "return maps + three[0] + five[0], products", "stay inside their branch"),
        (MODULE + "return maps - pooled, products", "pooling branch gives maps"),
        (MODULE + "return one + three[0] + five[0] + pooled, products", "second numbers"),
        (MODULE + "return maps, products - channels * (three[0] + five[0])", "cost something as well"),
        (
            MODULE
            + "return maps, channels * (one + three[0] + 9 * three[1] + five[0] + 25 * five[1] + pooled)",
            "not all channels",
        ),
        (MODULE + "return maps, products - channels * pooled", "a 1 × 1 follows"),
        (
            MODULE.replace("9 *", "3 *").replace("25 *", "5 *") + "return maps, products",
            "9 weights a channel",
        ),
        (MODULE + "return maps, products + maps + three[0] + five[0]", "without biases"),
    ],
    "07_cnn_architectures/residual": [
        (RESIDUAL + "np.maximum(0, made)", "skip connection is missing"),
        (RESIDUAL + "made + x", "last ReLU is missing"),
        (RESIDUAL + "np.maximum(0, made) + x", "Add x first"),
        (
            "def residual(x, first, second):\n    return np.maximum(0, x @ first @ second + x)",
            "The first layer has a ReLU",
        ),
        (RESIDUAL + "np.maximum(0, made + np.maximum(0, x @ first))", "Add x itself"),
        (RESIDUAL + "np.maximum(0, made - x)", "added, not subtracted"),
        (RESIDUAL + "np.maximum(0, np.maximum(0, x @ first + x) @ second)", "*both* layers"),
    ],
}
