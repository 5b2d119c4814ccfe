"""Typical wrong answers to the exercises of lesson 06, with the hint that each gets."""

CONVOLVE = (
    "def convolve(picture, kernel):\n    rows, columns = kernel.shape\n"
    "    height, width = picture.shape[0] - rows + 1, picture.shape[1] - columns + 1\n"
    "    feature_map = np.zeros((height, width))\n"
    "    for i in range(height):\n        for j in range(width):\n"
    "            window = picture[i:i + rows, j:j + columns]\n            "
)
SIZE = "def output_size(size, kernel_size, stride=1, padding=0, dilation=1):\n    "
POOL = (
    "def max_pool(feature_maps, size=2):\n"
    "    rows, columns = feature_maps.shape[0] // size, feature_maps.shape[1] // size\n"
    "    whole = feature_maps[:rows * size, :columns * size]\n"
    "    fields = whole.reshape(rows, size, columns, size, -1)\n    "
)
COUNT = "def conv_parameters(kernel_size, channels_in, filters):\n    return "
HEAT = "def grad_cam(feature_maps, gradients):\n    weights = gradients.mean(axis=(0, 1))\n    return "
STANDARDISE = (
    "def standardise(train, test):\n"
    "    mean, spread = train.mean(axis=(0, 1, 2)), train.std(axis=(0, 1, 2))\n    return "
)

WRONG_ANSWERS = {
    "06_cnns/convolve": [
        (
            CONVOLVE + "feature_map[i, j] = (window * kernel[::-1, ::-1]).sum()\n    return feature_map",
            "by 180°",
        ),
        (CONVOLVE + "feature_map[i, j] = (window * kernel).mean()\n    return feature_map", "add them up"),
        (
            CONVOLVE + "feature_map[i, j] = (window * kernel.T).sum()\n    return feature_map",
            "round its diagonal",
        ),
        (CONVOLVE + "total = (window * kernel).sum()\n    return feature_map", "All places are still 0"),
        (
            CONVOLVE.replace("rows + 1", "rows").replace("columns + 1", "columns")
            + "feature_map[i, j] = (window * kernel).sum()\n    return feature_map",
            "last row and column",
        ),
        (
            "def convolve(picture, kernel):\n    out = np.zeros((len(picture) - 2, picture.shape[1] - 2))\n"
            "    for i, j in np.ndindex(out.shape):\n"
            "        out[i, j] = (picture[i:i + 3, j:j + 3] * kernel).sum()\n    return out",
            "any shape",
        ),
        (CONVOLVE + "feature_map[i, j] = (window * kernel).sum()", "`return` missing"),
    ],
    "06_cnns/edge_kernel": [
        ("edge_kernel = np.array([[1, 1, 1], [1, 1, 1], [-1, -1, -1]])", "nine weights must add up to 0"),
        ("edge_kernel = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])", "each column must add up"),
        ("edge_kernel = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])", "sign is turned round"),
        ("edge_kernel = np.zeros((3, 3))", "also at the edge"),
        ("edge_kernel = np.array([1, 0, -1])", "Three rows of three"),
        ("edge_kernel = np.array([[1, 1, 1], [-1, -1, -1], [0, 0, 0]])", "both must give a positive sum"),
    ],
    "06_cnns/output_size": [
        (
            SIZE + "return ((size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1) * 1.0",
            "returned 24.0, which is a number; a whole number was expected",
        ),
        (SIZE + "return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride", "add 1"),
        (SIZE + "return (size + padding - dilation * (kernel_size - 1) - 1) // stride + 1", "both sides"),
        (SIZE + "return (size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1", "Round down"),
        (SIZE + "return (size + 2 * padding - kernel_size) // stride + 1", "dilation is missing"),
        (SIZE + "return (size + 2 * padding - dilation * kernel_size) // stride + 1", "not d · k"),
        (SIZE + "return size + 2 * padding - dilation * (kernel_size - 1)", "stride is missing"),
    ],
    "06_cnns/max_pool": [
        (POOL + "return fields.mean(axis=(1, 3))", "keeps the largest value"),
        (POOL + "return whole[::size, ::size]", "look at all four"),
        (POOL + "return fields.max(axis=(1, 3, 4), keepdims=True)[:, 0, :, 0]", "by itself"),
        (POOL + "return feature_maps.max(axis=(0, 1))", "one from each field"),
        (POOL + "return np.maximum(0, fields.max(axis=(1, 3)))", "do not begin with 0"),
        (POOL.replace("size=2):", "size=2):\n    size = 2") + "return fields.max(axis=(1, 3))", "Use `size`"),
        (POOL + "return fields.max(axis=(0, 2))", "mixes rows"),
    ],
    "06_cnns/conv_parameters": [
        (COUNT + "kernel_size**2 * channels_in * filters", "has a bias as well"),
        (COUNT + "(kernel_size**2 + 1) * filters", "every input channel"),
        (COUNT + "(kernel_size**2 + 1) * channels_in * filters", "one bias, however many"),
        (COUNT + "kernel_size**2 * channels_in * filters + 1", "not one for the whole layer"),
        (COUNT + "(kernel_size * channels_in + 1) * filters", "kernel_size · kernel_size"),
    ],
    "06_cnns/grad_cam": [
        (HEAT + "(feature_maps * weights).sum(axis=-1)", "Keep what is positive only"),
        (HEAT + "np.maximum(0, (feature_maps * gradients).sum(axis=-1))", "over the places first"),
        (HEAT + "np.maximum(0, feature_maps * weights).sum(axis=-1)", "cut off the negative part at the end"),
        (HEAT + "np.maximum(0, feature_maps * weights)", "add up over the last axis"),
        (HEAT + "(feature_maps * np.maximum(0, weights)).sum(axis=-1)", "keep negative weights"),
    ],
    "06_cnns/standardise": [
        (
            STANDARDISE
            + "(train - mean) / spread, (test - test.mean(axis=(0, 1, 2))) / test.std(axis=(0, 1, 2))",
            "of the *training* pictures",
        ),
        (STANDARDISE + "train - mean, test - mean", "standard deviation as well"),
        (
            STANDARDISE + "(train - train.mean()) / train.std(), (test - train.mean()) / train.std()",
            "Each channel",
        ),
        (STANDARDISE + "(train - mean) / spread, test", "in the same way"),
        (STANDARDISE + "(train - mean) / spread", "2 results were expected"),
    ],
}
