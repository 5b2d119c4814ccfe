"""Backpropagation of lesson 04: a scalar expression as a graph, values forward, gradients back edge by edge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from course_utils.explorers.engine import (
    Explorer,
    Integer,
    NamedNumbers,
    Preset,
    StateError,
    Text,
    significant,
    trimmed,
)
from course_utils.explorers.models import backprop as model
from course_utils.explorers.models.expressions import (
    MOST_CHARACTERS,
    MOST_OPERATIONS,
    ExpressionError,
    Graph,
    Node,
    parse,
)
from course_utils.explorers.models.layers import Arrangement, arrange

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOW, _HIGH = -10, 10
_MOST_NAMES = MOST_OPERATIONS + 1
_MOST_STEPS = 3 * MOST_OPERATIONS + 1  # every operation forward, the seed, two edges each backward
_SQUARED_ERROR = "(sigmoid(w*x + b) - y)**2"
_CROSS_ENTROPY = "-(y*log(sigmoid(w*x)) + (1 - y)*log(1 - sigmoid(w*x)))"

_RULES = {
    "+": ("a sum hands the gradient on unchanged", "a sum hands the gradient on unchanged"),
    "-": (
        "a difference hands the gradient on unchanged to its first value",
        "a difference hands the gradient on with its sign turned to its second value",
    ),
    "*": ("a product's derivative by one factor is the other factor",) * 2,
    "/": ("the derivative of a/b by a is 1/b", "the derivative of a/b by b is −a/b²"),
    "**": ("the derivative of aⁿ is n·aⁿ⁻¹",),
    "negate": ("a minus sign turns the gradient's sign",),
    "exp": ("exp is its own derivative",),
    "log": ("the derivative of log a is 1/a",),
    "tanh": ("the derivative of tanh is 1 − tanh²",),
    "sigmoid": ("the derivative of sigmoid is s·(1 − s)",),
    "relu": ("ReLU lets the gradient pass (1) where its input is positive, and blocks it (0) elsewhere",),
}
_SIGNS = {"+": "+", "-": "−", "*": "·", "/": "/"}
_RAISED = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")


class BackpropStepper(Explorer):
    """Walk through an expression forward, then let the gradient of the result flow back edge by edge.

    Args:
        state: ``expression``, up to 100 characters with 1 to 10 operations: numbers, names of one letter (a
            digit may follow), ``+ - * / **``, brackets, exp, log, tanh, sigmoid, relu. ``values`` of the inputs
            by name, in [-10, 10]; inputs that are not named are 1. ``step``, how many steps are done; the
            last step where it is larger. ``selected``, the name of the input that is edited.

    Raises:
        StateError: where the expression cannot be read; the message says where.
    """

    module = "backprop_stepper"
    title = "Backpropagation, step by step"
    hint = "Click an input, or focus it and press the arrow keys."
    fields = {
        "expression": Text(
            default=model.WORKED_EXAMPLE["expression"],
            label="f =",
            most=MOST_CHARACTERS,
            help=f"Up to {MOST_OPERATIONS} operations: + - * / **, exp, log, tanh, sigmoid, relu. Enter draws it.",
        ),
        "values": NamedNumbers(
            default=model.WORKED_EXAMPLE["values"], label="inputs", low=_LOW, high=_HIGH, most=_MOST_NAMES
        ),
        "step": Integer(default=0, low=0, high=_MOST_STEPS, label="step"),
        "selected": Text(default="x", label="change", most=2),
    }
    needs = ("expression", "values")
    presets = (
        Preset(
            "Chain",
            "Predict: x is raised by 0.01. By about how much does f change, and in which direction?",
            model.WORKED_EXAMPLE | {"selected": "x"},
        ),
        Preset(
            "Squared error",
            "Predict: the neuron is badly wrong (0.02 instead of 1). Is its gradient df/dw large?",
            {
                "expression": _SQUARED_ERROR,
                "values": {"w": -2.0, "x": 2.0, "b": 0.0, "y": 1.0},
                "selected": "w",
            },
        ),
        Preset(
            "Cross-entropy",
            "Predict: the same neuron, the same mistake. What arrives at w·x: more, or less than ŷ − y = −0.98?",
            {"expression": _CROSS_ENTROPY, "values": {"w": -2.0, "x": 2.0, "y": 1.0}, "selected": "w"},
        ),
        Preset(
            "ReLU blocked",
            "Predict: the ReLU's input is negative. Which gradients are 0, and from which edge on?",
            {
                "expression": "(relu(w*x + b) - y)**2",
                "values": {"w": -1.0, "x": 2.0, "b": 0.5, "y": 1.0},
                "selected": "b",
            },
        ),
        Preset(
            "Used twice",
            "Predict: x goes into the product and into the sum. What happens to the two gradients?",
            {"expression": "x*y + x", "values": {"x": 2.0, "y": 3.0}, "selected": "x"},
        ),
        Preset(
            "tanh",
            "Predict: tanh's input is 2. Is its local derivative nearer to 1 or to 0?",
            {"expression": "tanh(w*x + b)", "values": {"w": 1.5, "x": 1.0, "b": 0.5}, "selected": "w"},
        ),
    )

    def __init__(self, **state: Any) -> None:
        """Start with the worked example, changed by ``state``."""
        text = self.complete(state)["expression"]
        try:
            parse(text)
        except ExpressionError as error:
            raise StateError(f"expression = {text!r}: {error}") from None
        super().__init__(**state)

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say what the last step did, with its numbers."""
        try:
            graph = parse(state["expression"])
        except ExpressionError as error:
            return f"This expression cannot be drawn: {error}."
        done = model.run(graph, state["values"])
        return _sentence(done, min(state["step"], len(done.steps)))

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the graph's drawing, its numbers and the words of every step; or what is wrong, and where."""
        try:
            graph = parse(state["expression"])
        except ExpressionError as error:
            return {"error": str(error), "said": self.describe(state)}
        done = model.run(graph, state["values"])
        arrangement = _arranged(graph)
        return {
            "columns": arrangement.columns,
            "rows": arrangement.rows,
            "forward": len(graph.operations),
            "nodes": _nodes(done, arrangement),
            "edges": _edges(done, arrangement),
            "steps": [_step(done, step) for step in range(len(done.steps) + 1)],
        }

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the graph after the whole walk: every value, and below it the gradient."""
        from course_utils import plotting

        try:
            graph = parse(state["expression"])
        except ExpressionError:
            figure, axes = plotting.figure(width=7.6, height=1.5)
            axes.text(0.5, 0.5, self.describe(state), ha="center", va="center", wrap=True)
            axes.set_axis_off()
            return figure
        done = model.run(graph, state["values"])
        arrangement = _arranged(graph)
        figure, axes = plotting.figure(width=7.6, height=1.5 + 0.75 * arrangement.rows)
        _draw_graph(axes, done, arrangement)
        axes.set_title(
            f"f = {state['expression']}\nin each box: value above, gradient df/d… below", fontsize=9
        )
        return figure


@lru_cache(maxsize=32)
def _arranged(graph: Graph) -> Arrangement:
    """Return the graph's places, once for all numbers."""
    return arrange([node.args for node in graph.nodes])


# ---- numbers -------------------------------------------------------------------------------------------


def _number(value: float) -> str:
    """Write a number for a sentence: "0.1966", "0.01766", or "3.20 × 10⁻⁷" where decimals would not do."""
    size = abs(value)
    if math.isfinite(value) and size and not 5e-4 <= size < 1e5:
        return significant(value, 3)
    return trimmed(value, most=4 if size >= 0.1 else 5 if size >= 0.01 else 6)


def _factor(value: float) -> str:
    text = _number(value)
    return f"({text})" if text.startswith("−") else text


def _brief(value: float) -> str:
    """Write a number in at most seven characters, for a cell of the graph."""
    size = abs(value)
    if math.isnan(value):
        return "undef."
    if math.isfinite(value) and size and not 5e-4 <= size < 99999.5:
        power = math.floor(math.log10(size))
        return f"{'−' if value < 0 else ''}{size / 10**power:.0f}·10{str(power).translate(_RAISED)}"
    digits = 3 if size < 9.9995 else 2 if size < 99.995 else 1 if size < 999.95 else 0
    return trimmed(value, min(2, digits), digits)


def _local(value: float) -> str:
    """Write a local derivative for an edge, where room is scarce: three figures at most, "1" in place of "1.00"."""
    size = abs(value)
    if not math.isfinite(value) or (size and not 5e-4 <= size < 999.5):
        return _brief(value)
    return trimmed(value, 0, 3 if size < 0.9995 else 2 if size < 9.995 else 1 if size < 99.95 else 0)


# ---- words ---------------------------------------------------------------------------------------------


def _names_form(graph: Graph, place: int) -> str:
    """Return what a node computes, in the names of what goes in: "x · y"."""
    labels = graph.labels()
    return _operation(graph.nodes[place], [labels[source] for source in graph.nodes[place].args])


def _operation(node: Node, args: list[str]) -> str:
    if node.kind in _SIGNS:
        return f"{args[0]} {_SIGNS[node.kind]} {args[1]}"
    if node.kind == "**":
        return args[0] + _raised(node.number)
    if node.kind == "negate":
        return f"−{args[0]}"
    return f"{_function(node.kind)}({args[0].strip('()')})"


def _function(kind: str) -> str:
    return "ReLU" if kind == "relu" else kind


def _raised(exponent: float) -> str:
    return f"{exponent:g}".translate(_RAISED)


def _numbers_form(done: model.Run, place: int) -> str:
    node = done.graph.nodes[place]
    texts = [_factor(done.values[source]) for source in node.args]
    if node.kind in _SIGNS:
        texts[0] = _number(done.values[node.args[0]])
    return _operation(node, texts)


def _title(done: model.Run, at: int) -> str:
    """Return where step ``at`` (from 1) stands and which way it goes."""
    step = done.steps[at - 1]
    way = "forward" if step.kind == "forward" else "backward"
    return f"Step {at} of {len(done.steps)}, {way}"


def _explanation(done: model.Run, at: int) -> tuple[str, str]:
    """Return step ``at`` (from 1) as (what is done and why, the same in numbers)."""
    step = done.steps[at - 1]
    labels = done.graph.labels()
    label = labels[step.node]
    if step.kind == "forward":
        numbers = f"{_numbers_form(done, step.node)} = {_number(done.values[step.node])}"
        return "compute a value", f"{label} = {_names_form(done.graph, step.node)} = {numbers}"
    if step.kind == "seed":
        return "the way back begins at the result, which changes as itself", "df/df = 1.00"
    node, source = done.graph.nodes[step.node], labels[done.graph.nodes[step.node].args[step.argument]]
    part = _contribution(done, at)
    product = f"{_number(part.incoming)} · {_factor(part.local)} = {_number(part.product)}"
    chain = f"df/d{label} · ∂{label}/∂{source} = {product}"
    return _RULES[node.kind][step.argument], _with_sum(done, at, f"df/d{source}", chain)


def _contribution(done: model.Run, at: int) -> model.Contribution:
    part = done.contributions[at - 1]
    if part is None:
        raise ValueError(f"step {at} is not a step backward")
    return part


def _uses(done: model.Run, at: int) -> tuple[int, int]:
    """Return how many edges have brought gradient to the value of step ``at``, and how many will in the end."""

    def source(step: model.Step) -> int:
        return done.graph.nodes[step.node].args[step.argument]

    target = source(done.steps[at - 1])
    ways = [
        place
        for place, step in enumerate(done.steps, start=1)
        if step.kind == "backward" and source(step) == target
    ]
    return ways.index(at) + 1, len(ways)


def _with_sum(done: model.Run, at: int, name: str, chain: str) -> str:
    """Return the chain rule's line; where a value is used more than once, with the sum so far."""
    count, uses = _uses(done, at)
    if uses == 1:
        return f"{name} = {chain}"
    part = _contribution(done, at)
    if count == 1:
        return f"{name} gets {chain}, the first of {uses} parts"
    sign = "−" if part.product < 0 else "+"
    total = f"{_number(part.before)} {sign} {_number(abs(part.product))} = {_number(part.total)}"
    return f"{name} gets {chain}; parts {'1' if count == 2 else f'1–{count - 1}'} and {count} of {uses} add up: {total}"


def _sentence(done: model.Run, at: int) -> str:
    if at == 0:
        return _beginning(done)
    why, numbers = _explanation(done, at)
    said = f"{_title(done, at)}: {numbers}."
    step = done.steps[at - 1]
    if step.kind == "forward":
        broken = not math.isfinite(done.values[step.node])
        return f"{said} No number comes out: change an input." if broken else said
    if at < len(done.steps):
        return f"{said} Why: {why}."
    found = done.gradient_by_name().items()
    return f"{said} All gradients: {', '.join(f'df/d{_subscript(name)} = {_number(value)}' for name, value in found)}."


def _subscript(name: str) -> str:
    return Graph((Node("name", name=name), Node("negate", (0,)))).labels()[0]


def _beginning(done: model.Run) -> str:
    operations = len(done.graph.operations)
    edges = len(done.steps) - operations - 1
    inputs = [
        f"{_subscript(node.name)} = {_number(value)}"
        for node, value in zip(done.graph.nodes, done.values, strict=True)
        if node.kind == "name"
    ]
    return (
        f"Nothing is computed yet. Inputs: {', '.join(inputs)}. Forward: {_count(operations, 'operation')}; "
        f"backward: df/df = 1, then {_count(edges, 'edge')}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


# ---- what the browser draws ------------------------------------------------------------------------------


def _step(done: model.Run, at: int) -> dict[str, Any]:
    """Return the words of one step, and the node or edge that it works on."""
    if at == 0:
        return {
            "said": _sentence(done, 0),
            "title": "Press Next or Play",
            "why": "forward: compute every value; backward: gradient that comes in × local derivative",
            "numbers": "",
            "node": -1,
            "edge": -1,
        }
    why, numbers = _explanation(done, at)
    backward = [place for place, step in enumerate(done.steps, start=1) if step.kind == "backward"]
    return {
        "said": _sentence(done, at),
        "title": _title(done, at),
        "why": why,
        "numbers": numbers,
        "node": done.steps[at - 1].node if at not in backward else -1,
        "edge": backward.index(at) if at in backward else -1,
    }


def _nodes(done: model.Run, arrangement: Arrangement) -> list[dict[str, Any]]:
    graph = done.graph
    labels, depends = graph.labels(), graph.depends()
    forward = {step.node: at for at, step in enumerate(done.steps, start=1) if step.kind == "forward"}
    found = []
    for place, node in enumerate(graph.nodes):
        found.append(
            {
                "column": arrangement.places[place][0],
                "row": arrangement.places[place][1],
                "name": node.name,
                "label": labels[place] if node.kind != "constant" else "const.",
                "operation": _symbol(node),
                "spoken": _names_form(graph, place) if node.args else labels[place],
                "value": _brief(done.values[place]),
                "at": forward.get(place, 0),
                "gradients": _gradient_history(done, place) if depends[place] else [],
            }
        )
    return found


def _symbol(node: Node) -> str:
    if not node.args:
        return ""
    if node.kind == "**":
        return f"a{_raised(node.number)}"
    return {"+": "+", "-": "−", "*": "×", "/": "÷", "negate": "−a"}.get(node.kind) or _function(node.kind)


def _gradient_history(done: model.Run, place: int) -> list[list[Any]]:
    """Return [step, gradient so far] for every step that brings gradient to a node."""
    history: list[list[Any]] = []
    for at, (step, part) in enumerate(zip(done.steps, done.contributions, strict=True), start=1):
        if step.kind == "seed" and step.node == place:
            history.append([at, _brief(1.0)])
        elif part is not None and done.graph.nodes[step.node].args[step.argument] == place:
            history.append([at, _brief(part.total)])
    return history


def _edges(done: model.Run, arrangement: Arrangement) -> list[dict[str, Any]]:
    """Return the edges: those that carry gradient in the order of the steps, then those from constants."""
    carried: dict[tuple[int, int], dict[str, Any]] = {}
    for at, (step, part) in enumerate(zip(done.steps, done.contributions, strict=True), start=1):
        if part is not None:
            carried[step.node, step.argument] = {
                "at": at,
                "local": f"×{_local(part.local)}",
                "blocked": part.product == 0,
            }
    others = [
        (node, argument)
        for node, ways in enumerate(arrangement.routes)
        for argument in range(len(ways))
        if (node, argument) not in carried
    ]
    unused = {"at": 0, "local": "", "blocked": False}
    return [
        carried.get((node, argument), unused)
        | {"route": [list(p) for p in arrangement.routes[node][argument]]}
        for node, argument in [*carried, *others]
    ]


# ---- the still picture -----------------------------------------------------------------------------------


def _draw_graph(axes: Axes, done: model.Run, arrangement: Arrangement) -> None:
    from course_utils.theme import LIGHT

    for ways in arrangement.routes:
        for way in ways:
            axes.plot(*zip(*way, strict=True), color=LIGHT["muted"], linestyle="-", linewidth=1, zorder=1)
    box = {"boxstyle": "round,pad=0.3", "facecolor": LIGHT["card"], "edgecolor": LIGHT["muted"]}
    depends = done.graph.depends()
    for place, (column, row) in enumerate(arrangement.places):
        node = done.graph.nodes[place]
        name = done.graph.labels()[place] if node.kind != "constant" else "const."
        gradient = _brief(done.gradients[place]) if depends[place] else ""
        text = f"{name} {_symbol(node)}".strip() + f"\n{_brief(done.values[place])}\n{gradient}"
        axes.text(
            column, row, text, ha="center", va="center", fontsize=8, color=LIGHT["ink"], bbox=box, zorder=2
        )
    axes.set(xlim=(-0.5, arrangement.columns - 0.5), ylim=(arrangement.rows + 0.6, -0.6))
    axes.set_axis_off()
