"""What lessons need around a training run: fixed random numbers, progress, a fit to watch and to stop, the machine.

This is the room that imports TensorFlow and Keras, quietly, and so takes some seconds when it is first used;
lessons import it where they begin to train.
"""

from __future__ import annotations

from course_utils.quiet import start_tensorflow

keras = start_tensorflow()

from course_utils.training.live import fit  # noqa: E402
from course_utils.training.machine import Machine, describe_machine  # noqa: E402
from course_utils.training.progress import ProgressLine  # noqa: E402
from course_utils.training.seed import set_seed  # noqa: E402

__all__ = ["Machine", "ProgressLine", "describe_machine", "fit", "set_seed"]
