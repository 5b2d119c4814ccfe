"""What holds for every explorer: state, presets, sentence, still picture, one scope for its modules."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from course_utils import explorers
from course_utils.explorers.engine import StateError
from course_utils.explorers.engine.linker import link
from tests.explorer_samples import SAMPLES, make, random_state

NAMES = sorted(SAMPLES)
DECLARED = re.compile(
    r"^(?:async )?(?:function|class|const|let)\s+(?:\{([^}]*)\}|([A-Za-z_$][\w$]*))", re.MULTILINE
)


def test_every_explorer_has_a_sample() -> None:
    assert sorted(explorers._HOMES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_state_survives_json_and_makes_the_same_explorer(name: str) -> None:
    explorer = make(name)
    state = random_state(explorer.fields, np.random.default_rng(1))
    explorer.set(**json.loads(json.dumps(state)))
    assert explorer.state == state
    assert explorer.fault == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_state_of_numpy_numbers_is_the_same_state(name: str) -> None:
    explorer = make(name)
    state = random_state(explorer.fields, np.random.default_rng(2))
    explorer.set(**{key: _in_numpy(value) for key, value in state.items()})
    assert explorer.state == state
    explorer.state = {key: _in_numpy(value) for key, value in state.items()}
    assert explorer.state == state
    assert json.dumps([explorer.state, explorer.spec])
    assert explorer.fault == ""


def _in_numpy(value: Any) -> Any:
    """Return a part of a state as NumPy has it: numbers of its own, lists of equal rows as arrays."""
    if isinstance(value, Mapping):
        return {key: _in_numpy(item) for key, item in value.items()}
    try:
        array = np.array(value)
    except ValueError:
        return [_in_numpy(item) for item in value]
    mixed = array.dtype.kind == "U" and not isinstance(value, str)
    return [_in_numpy(item) for item in value] if mixed else array[()]


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_a_state_with_a_prompt(name: str) -> None:
    explorer = make(name)
    for preset in explorer.presets:
        complete = explorer.complete(preset.state)
        assert {key: complete[key] for key in preset.state} == dict(preset.state)
        assert len(preset.prompt) > 20


@pytest.mark.parametrize("name", NAMES)
def test_only_the_preset_that_was_pressed_is_marked(name: str) -> None:
    explorer = make(name)
    for pressed in explorer.presets:
        shown = _as_json({**explorer.state, **pressed.state})
        marked = [
            preset.name
            for preset in explorer.presets
            if all(shown[key] == value for key, value in _as_json(preset.state).items())
        ]
        assert marked == [pressed.name]


def _as_json(state: Mapping[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(dict(state)))


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_name_and_a_wrong_value_are_refused_in_words(name: str) -> None:
    explorer = make(name)
    field = next(iter(explorer.fields))
    with pytest.raises(StateError, match="its state is"):
        explorer.set(no_such_field=1)
    with pytest.raises(StateError, match=field):
        explorer.set(**{field: {"not": "a value"}})


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_state_from_the_browser_is_told_and_kept_away(name: str) -> None:
    explorer = make(name)
    field = next(iter(explorer.fields))
    explorer.state = explorer.state | {field: {"not": "a value"}}
    assert field in explorer.fault
    assert "Reset" in explorer.fault


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_random_states_have_a_sentence_and_a_still_picture(name: str, seed: int) -> None:
    explorer = make(name)
    state = random_state(explorer.fields, np.random.default_rng(seed))
    sentence = explorer.describe(explorer.complete(state))
    assert len(sentence) > 15
    assert "nan" not in sentence
    assert explorer.draw(state).axes, "the still picture has no axes"


@pytest.mark.parametrize("name", NAMES)
def test_the_still_picture_carries_alternative_text(name: str) -> None:
    explorer = make(name)
    bundle, metadata = explorer._still()
    assert explorer.describe(explorer.state) in metadata["image/png"]["alt"]
    assert set(bundle) == {"text/html", "image/png", "text/plain"}


@pytest.mark.parametrize("name", NAMES)
def test_joined_modules_declare_each_name_once(name: str) -> None:
    source = link(make(name).module)
    names = [found for groups in DECLARED.findall(source) for found in groups if found]
    doubles = {found for found in names if names.count(found) > 1}
    assert not doubles
    assert not re.search(r"^\s*(import|export) (?!default)", source, re.MULTILINE)
    assert source.count("export default") == 1


@pytest.mark.parametrize("package", ["matplotlib", "tensorflow", "keras", "sklearn", "pandas"])
def test_explorers_start_without_heavy_packages(package: str) -> None:
    classes = "; ".join(f"explorers.{name}" for name in NAMES)
    code = f"import sys; from course_utils import explorers; {classes}; sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
