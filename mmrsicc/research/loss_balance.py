"""Curves of the loss terms of a run, read from its log and drawn.

What LossBalanceHook logged (gradients on shared parameters), the factors of a loss_balance policy
and the statistics of TGCL, whichever are there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmrsicc.engine.hooks.loss_balance_hook import DOMINANCE, IDLE
from mmrsicc.utils import atomic_path

#: Values of one logged name by iteration.
Curve = dict[int, float]


@dataclass(frozen=True)
class Panel:
    """One diagram.

    Attributes:
        title: What is drawn, with its unit.
        prefix: Start of the names that are drawn; what follows names the term.
        log: Whether the axis is logarithmic; it leaves out zeros.
        percent: Whether the axis shows 0 to 100.
        marks: Levels to mark, by what they mean.
    """

    title: str
    prefix: str
    log: bool = False
    percent: bool = False
    marks: Mapping[float, str] | None = None


PANELS = (
    Panel("Gradient norm on shared parameters", "balance/norm_", log=True),
    Panel(
        "Gradient norm over the captions' (rho)",
        "balance/rho_",
        log=True,
        marks={DOMINANCE: "dominates above", IDLE: "idles below"},
    ),
    Panel("Cosine with the captions' gradient", "balance/cosine_", marks={0.0: "conflict below"}),
    Panel("Measurements in conflict so far (%)", "balance/conflict_", percent=True),
    Panel("Factor of the policy", "balance_", log=True),
    Panel("TGCL: unweighted term (nats)", "tgcl_unweighted"),
    Panel("TGCL: mean gate", "tgcl_gate_mean"),
    Panel("TGCL: true negatives per pair", "tgcl_negatives"),
    Panel("TGCL: gradient on pairs of same meaning (%)", "tgcl_same_meaning_share", percent=True),
    Panel("TGCL: temperature", "tgcl_temperature"),
    Panel("TGCL: R@1 in the batch (%)", "tgcl_recall", percent=True),
)


def read_run(path: Path) -> dict[str, Curve]:
    """Curves by name, of all parts of a run.

    A part that resumed replaces what an earlier one logged from there on.

    Raises:
        FileNotFoundError: If there is no log.
        ValueError: If a log cannot be read, or holds nothing to draw.
    """
    logs = sorted(path.glob("*/vis_data/scalars.json")) if path.is_dir() else [path]
    if not logs:
        raise FileNotFoundError(f"{path}: no */vis_data/scalars.json: name a run's work dir")
    curves: dict[str, Curve] = {}
    for log in logs:
        part = _read_log(log)
        start = min((step for curve in part.values() for step in curve), default=inf)
        curves = {
            name: {step: value for step, value in curves.get(name, {}).items() if step < start}
            | part.get(name, {})
            for name in curves.keys() | part.keys()
        }
    if not curves:
        raise ValueError(
            f"{path}: nothing about the balance of losses: train with "
            "dict(type='LossBalanceHook') in custom_hooks"
        )
    return curves


def _read_log(log: Path) -> dict[str, Curve]:
    """Curves that some panel draws, from one of MMEngine's logs of a JSON object a line."""
    prefixes = tuple(panel.prefix for panel in PANELS)
    curves: dict[str, Curve] = {}
    for number, line in enumerate(log.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{log}, line {number}: not JSON ({error}): correct or drop it"
            ) from None
        for name, value in row.items():
            if name.startswith(prefixes):
                curves.setdefault(name, {})[row["step"]] = value
    return curves


def draw(runs: Mapping[str, Mapping[str, Curve]], out: Path) -> None:
    """Draws runs, by label, into a PNG: a colour is a run, a kind of line is a term."""
    panels = [
        panel
        for panel in PANELS
        if any(name.startswith(panel.prefix) for curves in runs.values() for name in curves)
    ]
    columns = min(3, len(panels))
    figure = Figure(layout="constrained")
    grid = figure.subplots(ceil(len(panels) / columns), columns, squeeze=False)
    figure.set_size_inches(4.6 * columns, 3.0 * len(grid) + 0.4)
    colours = {label: f"C{number}" for number, label in enumerate(runs)}
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw_panel(axes, panel, runs, colours)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    handles = [Line2D([], [], color=colours[label], label=label) for label in runs]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(3, len(runs)))
    with atomic_path(out) as path:
        figure.savefig(path, dpi=110, format="png")


def _draw_panel(
    axes: Axes, panel: Panel, runs: Mapping[str, Mapping[str, Curve]], colours: Mapping[str, str]
) -> None:
    names = sorted({n for curves in runs.values() for n in curves if n.startswith(panel.prefix)})
    styles = dict(zip(names, ("-", "--", ":", "-.") * len(names), strict=False))
    for label, curves in runs.items():
        for name in names:
            points = sorted(curves.get(name, {}).items())
            marker = "." if len(points) < 40 else None
            steps, values = zip(*points, strict=True) if points else ((), ())
            axes.plot(steps, values, styles[name], marker=marker, color=colours[label], lw=1.2)
    for level, meaning in (panel.marks or {}).items():
        axes.axhline(level, color="0.5", lw=0.8)
        axes.annotate(
            meaning,
            (1, level),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 2),
            textcoords="offset points",
            ha="right",
            color="0.4",
            fontsize=8,
        )
    if len(names) > 1:
        handles = [
            Line2D([], [], color="0.3", ls=style, label=name.removeprefix(panel.prefix))
            for name, style in styles.items()
        ]
        axes.legend(handles=handles, fontsize=8)
    if panel.log:
        axes.set_yscale("log")
    if panel.percent:
        axes.set_ylim(-2, 102)
    axes.set_title(panel.title, fontsize=10)
    axes.set_xlabel("iteration", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)
