"""Networks that others have trained on ImageNet, as plain Keras models, with weights that the course brings.

``model = pretrained.efficientnet_lite0()``, then ``model.predict(pretrained.preprocess(photo))`` and
``pretrained.top(probabilities)``. Every model takes pictures in RGB, float32 from 0 to 255, and does its own
scaling in its first layer. Like ``training`` this room imports TensorFlow and Keras when it is first used.
"""

from __future__ import annotations

from course_utils.quiet import start_tensorflow

start_tensorflow()

from course_utils.pretrained.efficientnet import efficientnet_lite0  # noqa: E402
from course_utils.pretrained.imagenet import Guess, imagenet_class_names, top  # noqa: E402
from course_utils.pretrained.photos import preprocess  # noqa: E402
from course_utils.pretrained.vgg import vgg16_features  # noqa: E402

__all__ = ["Guess", "efficientnet_lite0", "imagenet_class_names", "preprocess", "top", "vgg16_features"]
