"""pyproject.toml, the lock and environment.yml name the same packages in the same versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[3]
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = ("linux", "darwin", "win32")
CONDA_PYTHON = "3.12"


def lines_of(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def direct_requirements() -> list[Requirement]:
    """What pyproject.toml asks for by name, extras included (gpu is tensorflow again)."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"]
    return [Requirement(line) for line in [*project["dependencies"], *extras["test"], *extras["class"]]]


def locked(python: str, system: str) -> dict[str, str]:
    """Package -> version of the lock on one Python and operating system."""
    place = {"python_version": python, "python_full_version": f"{python}.5", "sys_platform": system}
    pins = [Requirement(line) for line in lines_of("requirements.txt") if re.match(r"\w", line)]
    chosen = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(place)]
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in chosen}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_lock_satisfies_pyproject(python, system):
    versions = locked(python, system)
    unmet = [
        need for need in direct_requirements() if not need.specifier.contains(versions.get(need.name, "0"))
    ]
    assert [str(need) for need in unmet] == []


def test_lock_pins_exactly_and_names_no_index():
    lines = lines_of("requirements.txt")
    pins = [Requirement(line) for line in lines if re.match(r"\w", line)]
    assert all(
        len(pin.specifier) == 1 and str(pin.specifier).startswith("==") and not pin.url for pin in pins
    )
    assert [line for line in lines if line.startswith("-") or "://" in line] == []


def test_environment_has_the_pins_of_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(entry["pip"] for entry in environment if isinstance(entry, dict))
    pins = {line.partition("==")[0]: line.partition("==")[2] for line in by_pip if not line.startswith("-")}
    versions = locked(CONDA_PYTHON, "linux")
    assert f"python={CONDA_PYTHON}" in environment
    assert pins == {need.name: versions[need.name] for need in direct_requirements()}


def test_supported_pythons_agree():
    text = "\n".join(lines_of("course.py"))
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["requires-python"] == ">=3.11,<3.14"
    assert all(f"({python.replace('.', ', ')})" in text for python in PYTHONS)
