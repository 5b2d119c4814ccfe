"""What every explorer shares: declared state, the frame in the browser, the answer from the kernel, the still picture."""

from course_utils.explorers.engine.explorer import Explorer, Preset
from course_utils.explorers.engine.fields import Choice, Flag, Integer, Number, Numbers, Several, StateError
from course_utils.explorers.engine.sentences import decimal, percent

__all__ = [
    "Choice",
    "Explorer",
    "Flag",
    "Integer",
    "Number",
    "Numbers",
    "Preset",
    "Several",
    "StateError",
    "decimal",
    "percent",
]
