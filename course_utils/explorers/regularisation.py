"""Regularisation in lesson 05: a network that could over-fit, and what L1, L2, dropout and early stopping do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.explorers.engine import Choice, Explorer, Integer, Number, Preset, decimal, percent
from course_utils.explorers.models import regularisation as model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_UNHELD: dict[str, Any] = {"l2": 0.0, "l1": 0.0, "dropout": 0.0, "epoch": model.EPOCHS}


class Regularisation(Explorer):
    """A network on few noisy points: its boundary, losses and weights under L1, L2, dropout and early stopping.

    Args:
        state: ``data`` ("moons", "circles", "xor"), ``points`` 10 to 100 for training, ``noise`` in [0, 0.4],
            ``units`` 2 to 20 in each of two hidden layers; ``l2`` and ``l1`` in [0, 0.1], the factors of the
            penalties; ``dropout`` in [0, 0.8], the share of units that is dropped; ``epoch`` 0 to 400, the epoch
            that is looked at; ``seed`` 0 to 99 of points, first weights and dropout.
    """

    module = "regularisation"
    title = "Regularisation"
    hint = "Drag the epoch line to stop early; arrow keys work too."
    fields = {
        "l2": Number(
            default=0.0,
            low=0,
            high=0.1,
            step=0.001,
            digits=3,
            label="L2",
            help="factor of the sum of the squared weights",
        ),
        "l1": Number(
            default=0.0,
            low=0,
            high=0.1,
            step=0.001,
            digits=3,
            label="L1",
            help="factor of the sum of the weights’ sizes; a soft threshold after each step makes zeros exact",
        ),
        "dropout": Number(
            default=0.0,
            low=0,
            high=0.8,
            step=0.05,
            label="dropout",
            help="share of the hidden units dropped at each epoch",
        ),
        "epoch": Integer(default=model.EPOCHS, low=0, high=model.EPOCHS, label="epoch"),
        "data": Choice(default="moons", label="data", options=model.DATA),
        "points": Integer(default=40, low=10, high=100, step=2, label="points"),
        "noise": Number(default=0.25, low=0, high=0.4, step=0.01, label="noise"),
        "units": Integer(default=16, low=2, high=20, label="units"),
        "seed": Integer(default=2, low=0, high=99, label="seed"),
    }
    presets = (
        Preset(
            "Over-fitted",
            "Predict: 304 weights, 40 noisy points. Is the lower training loss the better network?",
            _UNHELD | {"points": 40},
        ),
        Preset(
            "L2 cures",
            "Predict: 0.005 times the squared weights joins the loss. What happens to the boundary?",
            _UNHELD | {"l2": 0.005},
        ),
        Preset(
            "L1 sparsifies",
            "Predict: how many of the 304 weights does L1 leave?",
            _UNHELD | {"l1": 0.01},
        ),
        Preset(
            "Dropout",
            "Predict: each epoch half the units are missing. Do the weights become small, or exactly zero?",
            _UNHELD | {"dropout": 0.5},
        ),
        Preset(
            "Stop early",
            "Predict: training stops after 28 epochs. Is the boundary smoother than after 400?",
            _UNHELD | {"epoch": 28},
        ),
        Preset(
            "Too much",
            "Predict: L1 grows to 0.05. What does a network answer whose weights are all zero?",
            _UNHELD | {"l1": 0.05},
        ),
        Preset(
            "More data",
            "Predict: 100 points instead of 40, and nothing else. How much of the cure is that?",
            _UNHELD | {"points": 100},
        ),
    )

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return points, boundary, losses and weights, and those of the same network without regularisation."""
        setting, free = _setting(state), _without(_setting(state))
        run, here, there = (
            model.run(setting),
            model.moment(setting, state["epoch"]),
            model.moment(free, state["epoch"]),
        )
        examples, held_out = model.points(setting.data, setting.points, setting.noise, setting.seed)
        return {
            "points": examples.inputs,
            "classes": examples.classes.astype(np.uint8),
            "outputs": model.logits(run.path[state["epoch"]], setting.units, examples.inputs),
            "held_out_points": held_out.inputs,
            "held_out_classes": held_out.classes.astype(np.uint8),
            "field": model.field(setting, state["epoch"]),
            "free_field": model.field(free, state["epoch"]),
            "training": run.training,
            "validation": run.validation,
            "free_validation": model.run(free).validation,
            "best": run.best,
            "here": _numbers(here),
            "free": _numbers(there),
            "verdict": here.verdict,
            "zeros": here.zeros,
            "sizes": here.sizes,
            "free_sizes": there.sizes,
        }

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say accuracies and losses, if the network over-fits, its best epoch, zeros and norm of its weights."""
        setting, free = _setting(state), _without(_setting(state))
        here, best = model.moment(setting, state["epoch"]), model.run(setting).best
        lowest = decimal(model.run(setting).validation.min())
        return (
            f"After {state['epoch']} {'epoch' if state['epoch'] == 1 else 'epochs'} "
            f"{percent(here.accuracies[0])} of the {setting.points} training and "
            f"{percent(here.accuracies[1])} of the {model.NUM_VALIDATION} validation points are right; "
            f"losses {decimal(here.losses[0])} and {decimal(here.losses[1])}: {_VERDICTS[here.verdict]}. "
            f"Validation was best, {lowest}, after epoch {best}. "
            f"{here.zeros} of the {len(here.sizes)} weights are exactly zero"
            f"{_BY_THRESHOLD if setting.l1 else ''}, their norm is {decimal(here.norm, 1)}. "
            f"{_compared(setting, model.moment(free, state['epoch']))}"
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the boundary among the points, the losses over the epochs, and the sizes of the weights."""
        from course_utils import plotting

        setting = _setting(state)
        figure, (left, middle, right) = plotting.figure(columns=3, width=8.9, height=3)
        examples, _ = model.points(setting.data, setting.points, setting.noise, setting.seed)
        theta = model.run(setting).path[state["epoch"]]
        plotting.decision_regions(
            lambda places: model.logits(theta, setting.units, places),
            examples.inputs,
            examples.classes,
            threshold=0,
            mark_wrong=True,
            title=f"after {state['epoch']} epochs",
            ax=left,
        )
        left.get_legend().remove()
        _draw_losses(middle, setting, state["epoch"])
        _draw_sizes(right, setting, state["epoch"])
        return figure


_BY_THRESHOLD = " (L1’s soft threshold)"
_VERDICTS = {
    "over": "it over-fits (validation loss over twice the training loss)",
    "under": "it under-fits (training loss near 0.69, that of guessing)",
    "fits": "neither over- nor under-fitted",
}


def _setting(state: Mapping[str, Any]) -> model.Setting:
    names = ("data", "points", "noise", "units", "l2", "l1", "dropout", "seed")
    return model.Setting(**{name: state[name] for name in names})


def _without(setting: model.Setting) -> model.Setting:
    return replace(setting, l2=0.0, l1=0.0, dropout=0.0)


def _numbers(moment: model.Moment) -> np.ndarray:
    return np.array([*moment.losses, *moment.accuracies, moment.norm])


def _compared(setting: model.Setting, free: model.Moment) -> str:
    if setting == _without(setting):
        return "Neither L1, L2 nor dropout holds it back."
    return (
        f"Unregularised: {percent(free.accuracies[1])} of the validation points, "
        f"loss {decimal(free.losses[1])}, norm {decimal(free.norm, 1)}."
    )


def _draw_losses(axes: Axes, setting: model.Setting, epoch: int) -> None:
    from course_utils.theme import LIGHT

    run, free = model.run(setting), model.run(_without(setting))
    epochs = np.arange(0, model.EPOCHS + 1, model.BETWEEN_LOSSES)
    axes.plot(epochs, run.training, color=LIGHT["blue"], label="training")
    axes.plot(epochs, run.validation, color=LIGHT["orange"], linestyle="--", label="validation")
    axes.plot(epochs, free.validation, color=LIGHT["muted"], linestyle=":", label="validation, unregularised")
    axes.axvline(epoch, color=LIGHT["ink"], linewidth=1)
    axes.set(yscale="log", ylim=(0.01, 5), xlabel="epoch", title="loss")
    axes.legend()


def _draw_sizes(axes: Axes, setting: model.Setting, epoch: int) -> None:
    from course_utils.theme import LIGHT

    here, free = model.moment(setting, epoch), model.moment(_without(setting), epoch)
    ranks = np.arange(1, len(here.sizes) + 1)
    axes.fill_between(ranks, here.sizes, color=LIGHT["purple"], alpha=0.3)
    axes.plot(ranks, here.sizes, color=LIGHT["purple"])
    axes.plot(ranks, free.sizes, color=LIGHT["muted"], linestyle=":")
    axes.set(ylim=(0, 3), xlabel="weights, largest first", title=f"|w|: {here.zeros} exactly zero")
