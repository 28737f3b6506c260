"""Plots of an alignment, as figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.decomposition import PCA

from mmrsicc.research.alignment.curves import Curve
from mmrsicc.research.alignment.degradations import DEGRADATIONS
from mmrsicc.research.alignment.shift import Shift, deviations

_COLOURS = ("#2166ac", "#b35806")


def ratio_plot(shifts: Mapping[str, Shift]) -> Figure:
    """Each distance over what chance reaches, by kind of features."""
    measures = list(next(iter(shifts.values())).distances)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axis = figure.subplots()
    width = 0.8 / len(measures)
    for i, measure in enumerate(measures):
        ratios = [shift.distances[measure].ratio or np.nan for shift in shifts.values()]
        places = np.arange(len(shifts)) + (i - (len(measures) - 1) / 2) * width
        axis.bar(places, ratios, width, label=measure, color=f"C{i}", bottom=0)
    axis.axhline(1, color="black", linewidth=1, linestyle="--")
    axis.set_yscale("symlog", linthresh=1)
    axis.set_xticks(range(len(shifts)), list(shifts))
    axis.set_ylabel("times what chance reaches")
    figure.legend(loc="outside upper center", ncols=len(measures), frameon=False)
    _open(axis)
    return figure


def map_plot(clouds: Mapping[str, tuple[np.ndarray, np.ndarray]], names: tuple[str, str]) -> Figure:
    """Source and target on the first two principal components of both, a panel per kind."""
    figure = Figure(figsize=(4.6 * len(clouds), 4), layout="constrained")
    axes = figure.subplots(1, len(clouds), squeeze=False)[0]
    for axis, (kind, (source, target)) in zip(axes, clouds.items(), strict=True):
        both = np.concatenate([source, target]) / deviations(source, target)
        # A distance has one channel, and no second component.
        both = np.pad(both, ((0, 0), (0, max(0, 2 - both.shape[1]))))
        points = PCA(2, random_state=0).fit_transform(both)
        for part, colour, mark in zip(np.split(points, [len(source)]), _COLOURS, "o^", strict=True):
            style = {"color": colour, "marker": mark, "alpha": 0.6, "linewidths": 0}
            axis.scatter(part[:, 0], part[:, 1], 14, **style)
        axis.set_title(kind, fontsize=11)
        axis.set_xlabel("first component")
        _open(axis)
    axes[0].set_ylabel("second component")
    marks = axes[0].collections
    figure.legend(marks, names, loc="outside upper left", ncols=2, frameon=False)
    return figure


def curve_plot(curves: Sequence[Curve]) -> Figure:
    """A column per degradation: distance above, areas under the curve below."""
    kinds = list(dict.fromkeys(curve.degradation for curve in curves))
    figure = Figure(figsize=(2.7 * len(kinds), 5.2), layout="constrained")
    axes = figure.subplots(2, len(kinds), sharex="col", sharey="row", squeeze=False)
    sets = list(dict.fromkeys(curve.pairs for curve in curves))
    for column, kind in enumerate(kinds):
        distance, area = axes[:, column]
        for curve in (c for c in curves if c.degradation == kind):
            colour, places = _COLOURS[sets.index(curve.pairs)], range(len(curve.severities))
            distance.plot(places, curve.mmd, "o-", color=colour, markersize=4)
            for values, style in ((curve.probe, "o-"), (curve.area, "s:")):
                if values is not None:
                    area.plot(places, values, style, color=colour, markersize=4)
        labels = [f"{severity:g}" for severity in DEGRADATIONS[kind][1]]
        area.set_xticks(range(len(labels)), labels)
        area.set_xlabel(DEGRADATIONS[kind][2])
        area.axhline(0.5, color="grey", linewidth=0.8, linestyle="--")
        distance.set_title(kind, fontsize=11)
        _open(distance)
        _open(area)
    axes[0, 0].set_ylabel("MMD² from the source")
    axes[1, 0].set_ylabel("AUC of the change flag")
    handles = [Line2D([], [], color=c) for c in _COLOURS[: len(sets)]]
    handles.append(Line2D([], [], color="grey", marker="o", linestyle="-"))
    handles.append(Line2D([], [], color="grey", marker="s", linestyle=":"))
    names = [*sets, "AUC of the probe", "AUC of the predicted area"]
    figure.legend(handles, names, loc="outside upper left", ncols=4, frameon=False)
    return figure


def cka_plot(cka: Mapping[str, np.ndarray]) -> Figure:
    """(K, L) similarities of the detector's stages and the captioner's, a panel per captioner."""
    rows, columns = next(iter(cka.values())).shape
    size = (len(cka) * (1 + 0.75 * columns), 1.2 + 0.65 * rows)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, len(cka), squeeze=False)[0]
    for axis, (name, values) in zip(axes, cka.items(), strict=True):
        axis.imshow(values, vmin=0, vmax=1, cmap="Blues")
        for (row, column), value in np.ndenumerate(values):
            style = {"ha": "center", "va": "center", "color": "white" if value > 0.6 else "black"}
            axis.text(column, row, f"{value:.2f}", fontsize=9, **style)
        axis.set_xticks(range(columns), [str(i + 1) for i in range(columns)])
        axis.set_yticks(range(rows), [str(i + 1) for i in range(rows)])
        axis.set_xlabel("stage of the captioner")
        axis.set_title(name, fontsize=10)
    axes[0].set_ylabel("stage of the detector")
    return figure


def _open(axis: Axes) -> None:
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
