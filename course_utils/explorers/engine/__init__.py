"""What every explorer shares: declared state, the browser's frame, the kernel's answer, the still picture."""

from course_utils.explorers.engine.explorer import Explorer, Preset
from course_utils.explorers.engine.fields import (
    Choice,
    Flag,
    Integer,
    Integers,
    NamedNumbers,
    Number,
    NumberList,
    Numbers,
    Rows,
    Several,
    StateError,
    Strokes,
    Text,
)
from course_utils.explorers.engine.sentences import decimal, percent, significant, trimmed

__all__ = [
    "Choice",
    "Explorer",
    "Flag",
    "Integer",
    "Integers",
    "NamedNumbers",
    "Number",
    "NumberList",
    "Numbers",
    "Preset",
    "Rows",
    "Several",
    "StateError",
    "Strokes",
    "Text",
    "decimal",
    "percent",
    "significant",
    "trimmed",
]
