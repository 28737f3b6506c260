"""An alignment on one HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from mmrsicc.evaluation.report.html import note, page, picture, section, small, table, text, warning
from mmrsicc.research.alignment.curves import Curve
from mmrsicc.research.alignment.plots import cka_plot, curve_plot, map_plot, ratio_plot
from mmrsicc.research.alignment.shift import MEASURES, Shift
from mmrsicc.utils.data_uri import data_uri

_WHAT = {
    "MMD": "squared maximum mean discrepancy, unbiased, five Gaussian kernels",
    "Frechet": "squared Frechet distance of 64 principal components, shrunk covariances",
    "proxy A": "2 (1 - 2 error) of a logistic classifier of source and target, five-fold",
    "mean angle": "1 - cosine of both means",
    "CORAL": "difference of the covariances",
    "uncovered": "share of target pairs with no source pair in their neighbourhood",
}


def alignment_page(
    result: Mapping[str, Any],
    shifts: Mapping[str, Shift],
    clouds: Mapping[str, tuple[np.ndarray, np.ndarray]],
    curves: Sequence[Curve],
    cka: Mapping[str, np.ndarray],
) -> str:
    """The page as HTML, which needs no other file, no script and no network.

    Args:
        result: What goes to the JSON file.
        shifts: By kind of features.
        clouds: Features of source and target by kind, to be drawn.
        curves: Under degradations; may be empty.
        cka: Similarities of detector and captioner by state of the captioner; may be empty.
    """
    names = (result["source"]["name"], result["target"]["name"])
    parts = [
        "<h1>Feature alignment</h1>",
        note(f"{result['detector']}: from {names[0]} to {names[1]}"),
        warning(result["reasons"], result["verdict"]),
        *(note(remark) for remark in result["remarks"]),
        "<main>",
        section("use", "Of use?", [_use(result)]),
        section("shift", "How far apart", [_figure(ratio_plot(shifts), "ratios"), _shift(shifts)]),
        section("maps", "Where the pairs lie", [_figure(map_plot(clouds, names), "maps")]),
        section("curves", "When images get worse", _curves(curves)),
        section("cka", "Detector and captioner", _cka(cka)),
        section("facts", "How it was made", [_facts(result)]),
        "</main>",
    ]
    return page("Feature alignment", [part for part in parts if part])


def _use(result: Mapping[str, Any]) -> str:
    rows = []
    for name, use in result["usefulness"].items():
        probe = _number(use["probe"])
        if use["probe_interval"] is not None:
            low, high = use["probe_interval"]
            probe += small(f"{low:.3f} to {high:.3f}")
        rows.append([name, probe, _number(use["area"])])
    said = (
        "Unknown where changed pairs, or unchanged ones, come from fewer than five images. "
        "Intervals are from resampling images."
    )
    columns = ["features of", "linear probe", "predicted changed area"]
    return table("AUC of the change flag", columns, rows) + note(said)


def _shift(shifts: Mapping[str, Shift]) -> str:
    rows = []
    for kind, shift in shifts.items():
        cells = []
        for measure in MEASURES:
            distance = shift.distances[measure]
            ratio = "" if distance.ratio is None else f"{distance.ratio:.1f} times "
            chance = f"{ratio}{distance.null_high:.3g}"
            cells.append(f"{distance.value:.3g}" + small(chance))
        rows.append([kind, *cells, f"{shift.p:.3f}"])
    pairs = next(iter(shifts.values())).pairs
    explained = "".join(note(f"{name}: {what}.") for name, what in _WHAT.items())
    said = (
        f"Between {pairs} pairs of each. Small print: how many times what chance reaches, the 95 % "
        "quantile between halves of the source. p is of the permutation test on MMD."
    )
    return table("Distances", ["", *MEASURES, "p"], rows) + note(said) + explained


def _curves(curves: Sequence[Curve]) -> list[str]:
    if not curves:
        return []
    said = (
        "Above: how far what differs lies off that of other source pairs, which are left as they "
        "are. Below: change flags by a probe fitted to images as they are, and by the predicted "
        "changed area."
    )
    return [_figure(curve_plot(curves), "curves"), note(said)]


def _cka(cka: Mapping[str, np.ndarray]) -> list[str]:
    if not cka:
        return []
    said = "Linear CKA, debiased, on the same target images: 1 for equal up to rotation and scale."
    return [_figure(cka_plot(cka), "CKA"), note(said)]


def _facts(result: Mapping[str, Any]) -> str:
    keys = (
        "detector",
        "checkpoint",
        "source",
        "target",
        "captioner",
        "batch_norm",
        "seed",
        "command",
    )
    rows = [[key, text(result[key])] for key in keys if result.get(key) is not None]
    return table("Settings", ["", ""], rows, words=True)


def _figure(figure: Figure, alt: str) -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    with Image.open(buffer) as image:
        return picture(data_uri(image.convert("RGB")), alt)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
