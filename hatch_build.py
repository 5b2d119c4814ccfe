"""Puts data/ into the wheel as ``course_utils/_data``, so that the installed course brings it.

An editable installation reads data/ where it lies, and must not copy it.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataInWheel(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"]["data"] = "course_utils/_data"
