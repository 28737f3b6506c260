"""Picture of the similarities of captions of one and of several meanings, and of the gate."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_COLOURS = ("#1b7837", "#b35806", "#2166ac")
_BINS = [i / 100 for i in range(-20, 101)]


@dataclass(frozen=True)
class SimilarityPanel:
    """One histogram.

    Attributes:
        title: What is compared.
        similarities: Up to three sets of cosines, by name.
        theta: Where the gate is half open.
        kappa: Width of its transition.
    """

    title: str
    similarities: Mapping[str, np.ndarray]
    theta: float
    kappa: float


def gate_picture(panels: list[SimilarityPanel]) -> Figure:
    """Histograms below one another, each with the soft gate's curve over it."""
    figure = Figure(figsize=(8, 3.2 * len(panels)), layout="constrained")
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axis, panel in zip(axes, panels, strict=True):
        _draw(axis, panel)
    axes[-1].set_xlabel("cosine similarity")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper left", ncols=len(names), frameon=False)
    return figure


def _draw(axis: Axes, panel: SimilarityPanel) -> None:
    for colour, (name, values) in zip(_COLOURS, panel.similarities.items(), strict=False):
        axis.hist(
            # By rounding, equal captions may exceed 1.
            values.clip(_BINS[0], _BINS[-1]),
            _BINS,
            weights=np.full(len(values), 100 / max(len(values), 1)),
            histtype="stepfilled",
            color=colour,
            alpha=0.45,
            label=name,
        )
    gate_values = f"gate: θ = {panel.theta:.3f}, κ = {panel.kappa:.4f}"
    axis.set_title(panel.title, loc="left", fontsize=11)
    axis.set_title(gate_values, loc="right", fontsize=9)
    axis.set_xlim(_BINS[0], _BINS[-1])
    axis.set_ylabel("% of the similarities")
    axis.spines["top"].set_visible(False)
    gate = axis.twinx()
    opening = 1 / (1 + np.exp((panel.theta - np.array(_BINS)) / panel.kappa))
    gate.plot(_BINS, opening / opening[-1], color="black", linewidth=1.2)
    gate.axvline(panel.theta, color="black", linewidth=0.8, linestyle=":")
    gate.set_ylim(0, 1.05)
    gate.set_ylabel("opening of the gate")
    gate.spines["top"].set_visible(False)
