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

IOU = (
    "def iou(box, boxes):\n"
    "    width = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])\n"
    "    height = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])\n"
    "    common = np.maximum(width, 0) * np.maximum(height, 0)\n"
    "    one = (box[2] - box[0]) * (box[3] - box[1])\n"
    "    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])\n"
    "    return "
)
SUPPRESSION = (
    "def non_maximum_suppression(boxes, scores, overlap_at_most):\n"
    "    waiting = np.argsort(-scores)\n"
    "    stay = []\n"
    "    while len(waiting) > 0:\n"
    "        best, others = waiting[0], waiting[1:]\n"
    "        stay.append(best)\n"
    "        waiting = others[iou_solution(boxes[best], boxes[others]) <= overlap_at_most]\n"
    "    return np.array(stay, dtype=int)"
)

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
    "07_cnn_architectures/iou": [
        (IOU + "common", "Divide it by what at least one covers"),
        (IOU + "common / (one + areas)", "counted twice"),
        (IOU + "common / one", "not by the area of one box"),
        (IOU + "common / areas", "the area of the second"),
        (IOU.replace("np.maximum(width, 0)", "width") + "common / (one + areas - common)", "must become 0"),
        (
            IOU.replace("np.maximum(width, 0) * np.maximum(height, 0)", "np.maximum(width * height, 0)")
            + "common / (one + areas - common)",
            "*before* you multiply",
        ),
        (IOU + "float(common[0] / (one + areas - common)[0])", "shape"),
        (
            "def iou(box, boxes):\n"
            "    width = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0]) + 1\n"
            "    height = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1]) + 1\n"
            "    common = np.maximum(width, 0) * np.maximum(height, 0)\n"
            "    one = (box[2] - box[0] + 1) * (box[3] - box[1] + 1)\n"
            "    areas = (boxes[:, 2] - boxes[:, 0] + 1) * (boxes[:, 3] - boxes[:, 1] + 1)\n"
            "    return common / (one + areas - common)",
            "without + 1",
        ),
    ],
    "07_cnn_architectures/non_maximum_suppression": [
        (SUPPRESSION.replace("-scores", "scores"), "*highest* score"),
        (
            SUPPRESSION.replace(
                "others[iou_solution(boxes[best], boxes[others]) <= overlap_at_most]", "others"
            ),
            "Nothing was thrown away",
        ),
        (SUPPRESSION.replace("<=", ">"), "the wrong way round"),
        (SUPPRESSION.replace("<=", "<"), "only touch"),
        (
            SUPPRESSION.replace("return np.array", "return np.sort(np.array(stay, dtype=int))  # "),
            "the best first",
        ),
        (SUPPRESSION.replace("dtype=int)", "dtype=int)[:1]"), "Only the first box"),
        (SUPPRESSION.replace("return np.array(stay, dtype=int)", "return scores[stay]"), "not the scores"),
        (
            "def non_maximum_suppression(boxes, scores, overlap_at_most):\n"
            "    waiting = np.argsort(-scores)\n"
            "    stay = [\n"
            "        index\n"
            "        for place, index in enumerate(waiting)\n"
            "        if (iou_solution(boxes[index], boxes[waiting[:place]]) <= overlap_at_most).all()\n"
            "    ]\n"
            "    return np.array(stay, dtype=int)",
            "must not throw others away",
        ),
    ],
}
