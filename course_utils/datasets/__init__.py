"""Real data and toy data for the lessons, as small read-only records that know their licence and source.

``fashion = datasets.fashion_mnist()``, and then ``fashion.train.images``, ``fashion.class_names``,
``fashion.licence``.
"""

from __future__ import annotations

from course_utils.datasets.images import FASHION_CLASSES, PHOTO_NAMES, digits, fashion_mnist, photo, photos
from course_utils.datasets.own_pictures import OwnPicture, PictureError, picture_from_bytes, shrink
from course_utils.datasets.records import (
    AerialPicture,
    CutoutSet,
    ImageSet,
    ImageSplit,
    Photo,
    Record,
    SceneSet,
    SceneSplit,
    Table,
    TableSplit,
    TrainTest,
)
from course_utils.datasets.scenes import SCENE_CLASSES, cutouts, scenes
from course_utils.datasets.store import DataError, data_folder, verify
from course_utils.datasets.studies import STUDY_NAMES, study
from course_utils.datasets.tables import TABLE_NAMES, SplitTable, letters, table
from course_utils.datasets.toys import TOY_NAMES, ToySet, toy
from course_utils.datasets.trees import TREE_PICTURES, trees

__all__ = [
    "FASHION_CLASSES",
    "PHOTO_NAMES",
    "SCENE_CLASSES",
    "STUDY_NAMES",
    "TABLE_NAMES",
    "TOY_NAMES",
    "TREE_PICTURES",
    "AerialPicture",
    "CutoutSet",
    "DataError",
    "ImageSet",
    "ImageSplit",
    "OwnPicture",
    "Photo",
    "PictureError",
    "Record",
    "SceneSet",
    "SceneSplit",
    "SplitTable",
    "Table",
    "TableSplit",
    "ToySet",
    "TrainTest",
    "available",
    "cutouts",
    "data_folder",
    "digits",
    "fashion_mnist",
    "letters",
    "photo",
    "photos",
    "picture_from_bytes",
    "scenes",
    "shrink",
    "study",
    "table",
    "toy",
    "trees",
    "verify",
]


def available() -> dict[str, str]:
    """Return what there is: the call that loads a data set, and what it holds."""
    return {
        "fashion_mnist()": "photographs of clothes, 15,000 + 3,000, 28x28 grey, 10 classes",
        "fashion_mnist(full=True)": "all 60,000 + 10,000 of them (a download of 30 MB)",
        "digits()": "handwritten digits, 4,000 + 1,000, 20x20 grey",
        "letters()": "printed capital letters, 16,000 + 4,000 rows of 16 measurements",
        "photos(), photo(name)": f"sample photos in colour: {', '.join(PHOTO_NAMES)}",
        "trees()": "four pictures from the air with 951 boxes around trees",
        "cutouts()": "287 things cut out of their background, with categories and captions",
        "scenes()": "cut-outs on photos, composed: the class of every pixel, a box around every thing",
        "study(name)": f"what longer experiments of the lessons measured: {', '.join(STUDY_NAMES)}",
        "picture_from_bytes(data)": "a picture of your own, whatever its size and format",
        "table(name)": f"tables of scikit-learn: {', '.join(TABLE_NAMES)}",
        "toy(name)": f"two-dimensional toy sets, generated: {', '.join(TOY_NAMES)}",
    }
