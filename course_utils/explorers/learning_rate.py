"""The learning rate of lesson 05: one small network, 200 steps, and the rate over them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.explorers.engine import (
    Choice,
    Explorer,
    Integer,
    Number,
    Preset,
    Rows,
    decimal,
    percent,
    trimmed,
)
from course_utils.explorers.models import learning_rate as model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SCHEDULES, _OPTIMISERS = list(model.SCHEDULES), list(model.OPTIMISERS)
_LAST = 20  # batches whose mean loss is the training loss at the end
_KEPT_LOOKS = (("A", "purple"), ("B", "green"), ("C", "gold"))

_RATE = Number(default=0.3, low=1e-4, high=10, step=1e-4, digits=4, log=True, label="learning rate")
_WARMUP = Integer(default=0, low=0, high=model.MOST_WARMUP, label="warm-up steps")
_END = Number(
    default=0.01,
    low=0.001,
    high=1,
    step=0.001,
    digits=3,
    log=True,
    label="end ÷ peak",
    help="what the schedule leaves of the rate at the end, as a share of its peak",
)
_BATCH = Integer(default=32, low=8, high=64, step=8, label="batch size")
_SEED = Integer(default=0, low=0, high=99, label="seed")


def _kept(rate: float, schedule: str, warmup: int, optimiser: str) -> list[float]:
    return [rate, _SCHEDULES.index(schedule), warmup, 0.01, _OPTIMISERS.index(optimiser), 32, 0]


class LearningRate(Explorer):
    """A network learns digits: set the learning rate and its schedule, and see the loss, beside a range test.

    Args:
        state: the peak ``rate`` in [0.0001, 10]; ``schedule`` ("constant", "step", "exponential", "cosine");
            ``warmup``, 0 to 100 of the 200 steps; ``end`` in [0.001, 1], the rate's share that is left at the end;
            ``optimiser`` ("sgd", "momentum", "adam"); ``batch`` 8 to 64; ``seed`` 0 to 99; ``kept``, up to three
            earlier settings whose curves stay: [rate, schedule, warmup, end, optimiser, batch, seed], with the
            numbers of schedule and optimiser in these lists.
    """

    module = "learning_rate"
    title = "Learning rate"
    hint = "Drag the peak, the end, or the line in the range test; arrow keys work too."
    fields = {
        "rate": _RATE,
        "schedule": Choice(default="constant", label="schedule", options=model.SCHEDULES),
        "warmup": _WARMUP,
        "end": _END,
        "optimiser": Choice(default="sgd", label="optimiser", options=model.OPTIMISERS),
        "batch": _BATCH,
        "seed": _SEED,
        "kept": Rows(
            default=[],
            label="kept curves",
            most=len(_KEPT_LOOKS),
            columns={
                "rate": _RATE,
                "schedule": Integer(default=0, low=0, high=len(_SCHEDULES) - 1),
                "warmup": _WARMUP,
                "end": _END,
                "optimiser": Integer(default=0, low=0, high=len(_OPTIMISERS) - 1),
                "batch": _BATCH,
                "seed": _SEED,
            },
        ),
    }
    presets = (
        Preset(
            "Too small",
            "Predict: A learns with 0.3. How far does the loss fall in 200 steps with 0.01?",
            {"rate": 0.01, "kept": [_kept(0.3, "constant", 0, "sgd")]},
        ),
        Preset(
            "Too large",
            "Predict: ten times the rate of A. Does the network learn ten times as fast?",
            {"rate": 4, "kept": [_kept(0.4, "constant", 0, "sgd")]},
        ),
        Preset(
            "It diverges",
            "Predict: rate 10. After how many steps is the loss ten times that of guessing?",
            {"rate": 10, "optimiser": "sgd"},
        ),
        Preset(
            "Cosine",
            "Predict: A keeps 0.5, with momentum. Where does the loss end if the rate sinks as a cosine?",
            {
                "rate": 0.5,
                "schedule": "cosine",
                "optimiser": "momentum",
                "kept": [_kept(0.5, "constant", 0, "momentum")],
            },
        ),
        Preset(
            "Warm-up saves it",
            "Predict: A starts with Adam at 0.2 at once. What do 40 steps of warm-up change?",
            {
                "rate": 0.2,
                "schedule": "cosine",
                "warmup": 40,
                "optimiser": "adam",
                "kept": [_kept(0.2, "cosine", 0, "adam")],
            },
        ),
        Preset(
            "Adam’s rate",
            "Predict: 0.3 suits SGD (A). Does it suit Adam? Find its rate in the range test.",
            {"rate": 0.3, "optimiser": "adam", "kept": [_kept(0.3, "constant", 0, "sgd")]},
        ),
        Preset(
            "Range test",
            "Predict from the range test: which rate learns fastest? Drag its line there and compare.",
            {"rate": 0.001, "schedule": "constant", "optimiser": "sgd", "kept": []},
        ),
    )

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the run with its neighbours' ends, the kept curves, and the range test."""
        run = model.run(_setting(state))
        kept = [model.run(setting) for setting in _kept_settings(state)]
        test = model.range_test(state["optimiser"], state["batch"], state["seed"])
        return {
            "rates": run.rates,
            "losses": run.losses,
            "validation": run.validation,
            "ends": np.array([_training_loss(run), run.final, run.third, run.triple]),
            "accuracy": run.accuracy,
            "diverged_at": run.diverged_at,
            "verdict": run.verdict,
            "kept_validation": np.array([each.validation for each in kept], np.float64).reshape(
                len(kept), len(run.validation)
            ),
            "range_rates": test.rates,
            "range_losses": test.losses,
            "range_smoothed": test.smoothed,
            "range_marks": np.array([test.begun, test.steepest, test.lowest]),
            "range_blown_up": test.blown_up,
        }

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say where the losses end, if the rate suits by a stated criterion, and where the kept curves end."""
        run = model.run(_setting(state))
        said = f"{_outcome(run, state['rate'])} {_judged(run)}"
        if state["kept"]:
            ends = [
                f"{name} ({_setting_text(setting)}) {_ended(model.run(setting).final)}"
                for (name, _), setting in zip(_KEPT_LOOKS, _kept_settings(state), strict=False)
            ]
            said += f" Kept: {'; '.join(ends)}."
        return said

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the rate and the losses over the steps, and the range test."""
        from course_utils import plotting
        from course_utils.theme import LIGHT

        run = model.run(_setting(state))
        figure, (left, middle, right) = plotting.figure(columns=3, width=8.9, height=3)
        left.semilogy(np.where(run.rates > 0, run.rates, np.nan), color=LIGHT["blue"])
        left.set(ylim=(1e-5, 10), xlabel="step", title="learning rate")
        _draw_losses(middle, state, run)
        _draw_range_test(right, state)
        return figure


def _setting(state: Mapping[str, Any]) -> model.Setting:
    names = ("rate", "schedule", "warmup", "end", "optimiser", "batch", "seed")
    return model.Setting(*(state[name] for name in names))


def _kept_settings(state: Mapping[str, Any]) -> list[model.Setting]:
    return [_setting_of_row(row) for row in state["kept"]]


def _setting_of_row(row: Sequence[Any]) -> model.Setting:
    rate, schedule, warmup, end, optimiser, batch, seed = row
    return model.Setting(rate, _SCHEDULES[schedule], warmup, end, _OPTIMISERS[optimiser], batch, seed)


def _setting_text(setting: model.Setting) -> str:
    text = f"{model.OPTIMISERS[setting.optimiser]} {_rate_text(setting.rate)}, {setting.schedule}"
    return f"{text}, warm-up {setting.warmup}" if setting.warmup else text


def _rate_text(rate: float) -> str:
    return trimmed(rate, 0, 6)


def _training_loss(run: model.Run) -> float:
    return float(run.losses[-_LAST:].mean())


def _ended(loss: float) -> str:
    return "diverges" if math.isnan(loss) else f"ends at {decimal(loss)}"


def _outcome(run: model.Run, rate: float) -> str:
    start = f"With a learning rate of {_rate_text(rate)}"
    if run.diverged_at is not None:
        return (
            f"{start} training diverged after {run.diverged_at} {'step' if run.diverged_at == 1 else 'steps'}: "
            f"a batch’s loss rose above {decimal(model.DIVERGED_ABOVE, 1)}, ten times that of guessing."
        )
    return (
        f"{start}, {model.STEPS} steps bring the loss to {decimal(_training_loss(run))} on the training batches "
        f"(mean of the last {_LAST}) and to {decimal(run.final)} on the validation pictures, "
        f"of which {percent(run.accuracy)} are right."
    )


def _judged(run: model.Run) -> str:
    return (
        f"{_VERDICTS[run.verdict]}: a third of it {_ended(run.third)}, three times it {_ended(run.triple)}."
    )


_VERDICTS = {
    "small": "Too small, for three times the rate takes the validation loss down by over 10 % more",
    "good": "A good rate, for neither neighbour takes the validation loss down by over 10 % more",
    "large": "Too large, for a third of the rate takes the validation loss down by over 10 % more",
    "stuck": "Too large, for the loss rose and ended no lower than it began",
    "diverged": "Too large",
}


def _draw_losses(axes: Axes, state: Mapping[str, Any], run: model.Run) -> None:
    from course_utils.theme import LIGHT

    every = np.arange(0, model.STEPS + 1, model.BETWEEN_VALIDATIONS)
    axes.plot(run.losses, color=LIGHT["blue"], linewidth=0.9, label="training batch")
    axes.plot(every, run.validation, color=LIGHT["orange"], linestyle="--", label="validation")
    for (name, colour), setting in zip(_KEPT_LOOKS, _kept_settings(state), strict=False):
        axes.plot(
            every, model.run(setting).validation, color=LIGHT[colour], linestyle=":", label=f"{name} (kept)"
        )
    axes.axhline(model.GUESSING, color=LIGHT["muted"], linewidth=0.8)
    ended = "" if run.diverged_at is None else f", diverged after {run.diverged_at} steps"
    axes.set(yscale="log", ylim=(0.03, 25), xlim=(0, model.STEPS), xlabel="step", title=f"loss{ended}")
    axes.legend()


def _draw_range_test(axes: Axes, state: Mapping[str, Any]) -> None:
    from course_utils.theme import LIGHT

    test = model.range_test(state["optimiser"], state["batch"], state["seed"])
    axes.semilogx(test.rates, test.losses, color=LIGHT["muted"], linewidth=0.7, linestyle="-")
    axes.semilogx(test.rates, test.smoothed, color=LIGHT["blue"], linestyle="-")
    axes.axvspan(test.begun, test.lowest, color=LIGHT["green"], alpha=0.15)
    axes.axvline(state["rate"], color=LIGHT["ink"], linestyle="--")
    axes.set(xlim=model.RANGE, ylim=(0, 5), xlabel="learning rate", title="range test: loss")
