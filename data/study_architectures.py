"""Train the networks of lesson 07 over several seeds, and write what was measured to studies/architectures.json.

    python data/study_architectures.py            # about 45 minutes on two processor cores
    python data/prepare.py manifest               # afterwards: the new file's hash

The networks are the lesson's own: the cells of its notebook that are tagged "parameters", "networks" or
"detector" are executed. Every run is stored as soon as it is done, and a run that is stored already is not
repeated: stop the script whenever you like and start it again. Remove the file to begin anew. On another machine
the last digits differ, since sums are rounded in another order.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
LESSON = HERE.parent / "notebooks" / "07_cnn_architectures.ipynb"
TARGET = HERE / "studies" / "architectures.json"
TAGS = {"parameters", "networks", "detector"}

SEEDS = (0, 1, 2)
BUDGETS = (40e9, 120e9, 240e9)  # multiply-adds; the lesson itself spends less
NETWORKS = ("lenet", "alexnet", "vgg", "inception", "resnet")
# blocks a stage (depth 8, 20, 32, 56), with skip connections, normalised
DEEP_VARIANTS = (
    *((num_blocks, skip, True) for num_blocks in (1, 3, 5, 9) for skip in (False, True)),
    *((3, skip, False) for skip in (False, True)),
)
DEPTH_PICTURES, DEPTH_EPOCHS = 2_000, 5
ABLATION_STEPS = 440  # two passes over the lesson's pictures
NORTH, EVERYWHERE, MIRRORED = "crops of the north", "crops of everywhere", "half of them mirrored"

Run = dict[str, Any]


def lesson_names() -> dict[str, Any]:
    """Execute the lesson's cells that define networks, and return what they define."""
    names: dict[str, Any] = {}
    for cell in json.loads(LESSON.read_text("utf-8"))["cells"]:
        if TAGS & set(cell["metadata"].get("tags", [])):
            exec("".join(cell["source"]), names)  # our own notebook
    return names


def test_part(lesson: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return the test pictures (3000, 28, 28, 1), 0 to 1, and their labels."""
    test = lesson["datasets"].fashion_mnist().test
    return test.images[..., np.newaxis] / np.float32(255), test.labels


class Trainee:
    """A network that is compiled once and trained anew for each seed: compiling takes longer than training."""

    def __init__(
        self, lesson: dict[str, Any], body: Callable, num_steps: int | None, budget: float = 0
    ) -> None:
        """Build and compile it, for a number of steps or for as many as a budget of multiply-adds pays for."""
        self.lesson, self.body = lesson, body
        self.model = lesson["classifier"](body)
        self.num_steps = num_steps or lesson["steps_within"](self.model, budget)
        lesson["compiled"](self.model, self.num_steps)

    def begin(self, seed: int) -> None:
        """Give it new first weights and an optimiser that remembers nothing."""
        self.lesson["training"].set_seed(seed)
        self.model.set_weights(self.lesson["classifier"](self.body).get_weights())
        for variable in self.model.optimizer.variables:
            variable.assign(np.zeros(variable.shape, dtype=variable.dtype))

    def scores(self, seed: int) -> Run:
        """Train it; return its cost and its scores on the test pictures."""
        self.begin(seed)
        batches = self.lesson["batches_for"](self.num_steps, seed)
        self.model.fit(batches, shuffle=False, verbose=0)
        loss, accuracy = self.model.evaluate(*test_part(self.lesson), batch_size=500, verbose=0)
        parameters, multiply_adds = self.lesson["cost"](self.model)
        cost = {"parameters": parameters, "multiply_adds": multiply_adds, "steps": self.num_steps}
        return {**cost, "loss": round(loss, 4), "accuracy": round(accuracy, 4)}

    def learning_curve(self, seed: int) -> Run:
        """Train it on few pictures; return its gradients before, and its error and loss on them, epoch by epoch."""
        self.begin(seed)
        gradients = self.gradients_before(seed)
        self.begin(seed)
        steps = self.num_steps // DEPTH_EPOCHS
        batches = self.lesson["batches_for"](self.num_steps, seed, DEPTH_PICTURES)
        options = {"epochs": DEPTH_EPOCHS, "steps_per_epoch": steps, "shuffle": False, "verbose": 0}
        curves = self.model.fit(batches, **options).history
        return {
            "errors": [round(1 - accuracy, 4) for accuracy in curves["accuracy"]],
            "losses": [round(loss, 4) for loss in curves["loss"]],
            "gradients": gradients,
        }

    def gradients_before(self, seed: int) -> list[float]:
        """Return the length of the gradient by each layer's weights before the first update."""
        pictures, labels = next(iter(self.lesson["batches_for"](1, seed, DEPTH_PICTURES)))
        norms = self.lesson["gradient_norms"](self.model, pictures, labels)
        return [float(f"{norm:.4g}") for norm in norms]


def trainings(lesson: dict[str, Any]) -> Iterator[tuple[Run, Callable[[], Callable[[int], Run]]]]:
    """Give what each training is called, and what prepares it; the longest come last."""
    yield from budget_trainings(lesson, BUDGETS[0])
    steps = DEPTH_EPOCHS * (DEPTH_PICTURES // lesson["BATCH_SIZE"])
    for num_blocks, skip, normalise in DEEP_VARIANTS:
        name = f"{'residual' if skip else 'plain'}{'' if normalise else ', not normalised'}"
        body = lesson["deep"](num_blocks, skip, normalise)
        named = {"experiment": "depth", "name": name, "depth": 6 * num_blocks + 2}
        yield named, lambda f=body: Trainee(lesson, f, steps).learning_curve
    for experiment, bodies in lesson["ablations"].items():
        for name, body in bodies.items():
            named = {"experiment": experiment, "name": name}
            yield named, lambda f=body: Trainee(lesson, f, ABLATION_STEPS).scores
    for name in (NORTH, EVERYWHERE, MIRRORED):
        yield {"experiment": "detection", "name": name}, lambda n=name: partial(detector_scores, lesson, n)
    for budget in BUDGETS[1:]:
        yield from budget_trainings(lesson, budget)


def budget_trainings(
    lesson: dict[str, Any], budget: float
) -> Iterator[tuple[Run, Callable[[], Callable[[int], Run]]]]:
    """Give the five networks within one budget."""
    for name in NETWORKS:
        named = {"experiment": "budget", "name": name, "budget": budget}
        yield named, lambda f=lesson[name]: Trainee(lesson, f, None, budget).scores


def detector_scores(lesson: dict[str, Any], name: str, seed: int) -> Run:
    """Train a tree detector on these crops; return its average precision in every part that the lesson tests on."""
    lesson["SEED"] = seed
    forest, trees = lesson["north"], lesson["north_trees"]
    if name == EVERYWHERE:
        forest = lesson["forest"]
        trees = lesson["strip"](forest, lesson["trees"], 0, len(forest))[1]
    crops, targets = lesson["random_crops"](forest, trees)
    if name == MIRRORED:
        crops, targets = lesson["half_mirrored"](crops, targets)
    detector = lesson["train_detector"](crops, targets)
    curves = {part: lesson["precision_recall"](detector, *where) for part, where in lesson["parts"].items()}
    precisions = {
        part: round(float(lesson["average_precision"](*curve)), 3) for part, curve in curves.items()
    }
    return {"average_precision": precisions}


def stored(path: Path) -> list[Run]:
    """Return the runs that are there already."""
    return json.loads(path.read_text("utf-8"))["runs"] if path.exists() else []


def store(path: Path, done: list[Run]) -> None:
    """Write one run a line, whole or not at all, so that the work can be stopped at any moment."""
    lines = ",\n".join(json.dumps(run) for run in done)
    about = json.dumps("Networks of lesson 07, trained by data/study_architectures.py")
    unfinished = path.with_suffix(".part")
    unfinished.write_text(f'{{"about": {about}, "runs": [\n{lines}\n]}}\n', encoding="utf-8", newline="\n")
    unfinished.replace(path)


def is_done(named: Run, done: list[Run]) -> bool:
    """Say whether a run of this name is stored."""
    return any(named.items() <= run.items() for run in done)


def main() -> None:
    """Do what is not done yet."""
    parser = argparse.ArgumentParser(description="Train the networks of lesson 07 over several seeds.")
    parser.add_argument(
        "target", nargs="?", type=Path, default=TARGET, help="where to store what was measured"
    )
    path = parser.parse_args().target
    path.parent.mkdir(parents=True, exist_ok=True)
    done = stored(path)
    for named, prepared in trainings(lesson_names()):
        open_seeds = [seed for seed in SEEDS if not is_done({**named, "seed": seed}, done)]
        train = prepared() if open_seeds else None
        for seed in open_seeds:
            done.append({**named, "seed": seed, **train(seed)})
            store(path, done)
            print(json.dumps(done[-1]), flush=True)


if __name__ == "__main__":
    main()
