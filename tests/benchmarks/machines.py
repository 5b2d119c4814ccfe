"""Whether what computes holds on other machines, as far as this one can play them.

    python tests/benchmarks/machines.py [--times 5] [--quick] [--only BLAS oneDNN] [--parts 05_training units]

The parts are the lessons with their claims, as they are stored, the unit tests that compute (all but those of the
commands), and the assignments with their reference answers. Each runs under each setting: kinds of processors for
NumPy's products and functions, threads, TensorFlow's ways to compute, and a load of four busy processes beside it.
Every result is written down when it is known, so that a run that was stopped goes on where it was; without the file
it begins anew. The table says how often each part passed; below it stands what failed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import nbformat
from numpy._core._multiarray_umath import __cpu_dispatch__

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course_utils.cli import project
from course_utils.cli.installation import ROOT
from tests.benchmarks.lesson_run import failures
from tests.busy import busy
from tests.notebooks import core_types

LOAD = "4 busy processes"
TESTS = {
    "units": ["tests/unit", "--ignore=tests/unit/cli", "--ignore=tests/unit/test_house.py"],
    "assignments": ["tests/classroom/test_assignments.py", "tests/classroom/test_assignments_keras.py"],
}
Result = dict[str, Any]


def settings(quick: bool) -> dict[str, dict[str, str]]:
    """Environments by the name of the setting; with `quick` one of each sort, that which differs most from here."""
    one_dnn = {"TF_ENABLE_ONEDNN_OPTS": "1"}
    if quick:
        return {
            "another BLAS": core_types.another(),
            "oneDNN off": {"TF_ENABLE_ONEDNN_OPTS": "0"},
            LOAD: {},
        }
    return {
        **{f"BLAS of {kind}": {core_types.VARIABLE: kind} for kind in core_types.possible()},
        **{f"BLAS threads: {number}": {"OPENBLAS_NUM_THREADS": number} for number in "12"},
        "NumPy without its vectors": {"NPY_DISABLE_CPU_FEATURES": " ".join(__cpu_dispatch__)},
        "oneDNN off": {"TF_ENABLE_ONEDNN_OPTS": "0"},
        "oneDNN on": one_dnn,
        "oneDNN held to AVX2": one_dnn | {"ONEDNN_MAX_CPU_ISA": "AVX2"},
        **{f"TensorFlow threads: {number}": {"TF_NUM_INTRAOP_THREADS": number} for number in "12"},
        LOAD: {},
    }


def failed(part: str, environment: dict[str, str]) -> list[str]:
    """A line for each claim, or each test, of the part that fails in this environment."""
    if part in TESTS:
        return failed_tests(TESTS[part], environment)
    lesson = next(path for path in project.lessons() if path.stem == part)
    return failures(nbformat.read(lesson, as_version=4), lesson, environment)


def failed_tests(options: list[str], environment: dict[str, str]) -> list[str]:
    """The names of the tests that fail; pytest's last line where it failed itself."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True
    )
    found = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return found or ([(done.stdout + done.stderr).strip().splitlines()[-1]] if done.returncode else [])


def runs(chosen: argparse.Namespace, done: list[Result]) -> Iterator[Result]:
    """Run what is not done yet: all parts in a setting, then the next; all of it as many times as is wanted."""
    known = {(result["setting"], result["part"], result["time"]) for result in done}
    for number in range(chosen.times):
        for setting, environment in chosen.settings.items():
            for part in chosen.parts:
                if (setting, part, number) in known:
                    continue
                started = time.monotonic()
                with busy(4) if setting == LOAD else nullcontext():
                    wrong = failed(part, environment)
                seconds = round(time.monotonic() - started)
                yield {"setting": setting, "part": part, "time": number, "seconds": seconds, "failed": wrong}


def table(results: list[Result], parts: list[str]) -> Iterator[str]:
    """In Markdown: settings by parts, how often each passed of how often it ran; then what failed, and where."""
    passed: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for result in results:
        passed[result["setting"], result["part"]].append(not result["failed"])
    yield f"| setting | {' | '.join(parts)} |"
    yield "|---" * (len(parts) + 1) + "|"
    for setting in dict.fromkeys(setting for setting, part in passed if part in parts):
        cells = (passed[setting, part] for part in parts)
        yield f"| {setting} | {' | '.join(f'{sum(each)} of {len(each)}' if each else '' for each in cells)} |"
    yield ""
    for result in results:
        for line in result["failed"]:
            yield f"- {result['setting']}, {result['part']}, time {result['time'] + 1}: `{line}`"


def read(record: Path) -> list[Result]:
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


def options() -> argparse.Namespace:
    """What was chosen on the command line, with its settings and parts."""
    parts = [*(path.stem for path in project.lessons()), *TESTS]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="three settings in place of all")
    parser.add_argument(
        "--only", nargs="+", default=[""], help="settings with one of these words in their names"
    )
    parser.add_argument("--parts", nargs="+", default=parts, choices=parts)
    parser.add_argument("--record", type=Path, default=ROOT / "output" / "machines.jsonl")
    chosen = parser.parse_args()
    chosen.settings = {
        name: environment
        for name, environment in settings(chosen.quick).items()
        if any(word in name for word in chosen.only)
    }
    return chosen


def main() -> int:
    """Print each result when it is known, and the table; 1 if anything failed."""
    chosen = options()
    chosen.record.parent.mkdir(parents=True, exist_ok=True)
    chosen.record.touch()
    for result in runs(chosen, read(chosen.record)):
        with chosen.record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        verdict = f"{len(result['failed'])} failed" if result["failed"] else "passed"
        print(f"{result['setting']}, {result['part']}: {verdict}, {result['seconds']} s", flush=True)
    results = read(chosen.record)
    print("", *table(results, chosen.parts), sep="\n")
    return int(any(result["failed"] for result in results))


if __name__ == "__main__":
    sys.exit(main())
