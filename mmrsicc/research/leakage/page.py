"""An audit on one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from mmrsicc.datasets.image_io import read_image
from mmrsicc.evaluation.report.html import (
    Card,
    Picture,
    cards,
    note,
    page,
    section,
    table,
    text,
    warning,
)
from mmrsicc.research.leakage.audit import SAME, Audit, Match
from mmrsicc.research.leakage.images import ImageFile
from mmrsicc.research.leakage.tiles import Tile
from mmrsicc.utils.counts import counted
from mmrsicc.utils.data_uri import data_uri

#: Matches shown with pictures, of the best and of the worst.
SHOWN = 8
_BINS = np.arange(-1, 1.01, 0.1).round(1)


def audit_page(audit: Audit, facts: Mapping[str, Any]) -> str:
    """The page as HTML, which needs no other file, no script and no network.

    Args:
        audit: What was found.
        facts: What was compared and how.
    """
    title = "Leakage audit"
    overlapping = audit.overlapping
    rows = [
        [split, str(len(overlapping[split])), str(count), f"{len(overlapping[split]) / count:.1%}"]
        for split, count in audit.pairs.items()
    ]
    parts = [
        f"<h1>{title}</h1>",
        note(f"{facts.get('source', 'source')} against {facts.get('target', 'target')}"),
        warning(_verdict(audit)),
        "<main>",
        section(
            "splits",
            "Pairs that the source shows too",
            [table("By split", ["split", "overlapping", "of", "share"], rows), *_dates(audit)],
        ),
        _looked(audit),
        *_pictures(audit),
        section(
            "facts",
            "How it was made",
            [table("Settings", ["", ""], [[key, text(v)] for key, v in facts.items()], words=True)],
        ),
        "</main>",
    ]
    return page(title, parts)


def _verdict(audit: Audit) -> str:
    found = sum(map(len, audit.overlapping.values()))
    if found:
        return (
            f"{found} of {sum(audit.pairs.values())} pairs show what the source shows: scores on "
            "them are not a transfer result."
        )
    return "No overlap found. Featureless tiles were not compared, see below."


def _dates(audit: Audit) -> list[str]:
    rows = [[dates, str(count)] for dates, count in audit.dates.items()]
    return [table("Matching tiles by date", ["source = target", "tiles"], rows)] if rows else []


def _looked(audit: Audit) -> str:
    rows = [
        [name, str(count), str(featureless)]
        for name, count, featureless in zip(
            ("source", "target"), audit.tiles, audit.featureless, strict=True
        )
    ]
    counts, _ = np.histogram(audit.correlations, _BINS)
    bins = [
        [f"{low:.1f} to {high:.1f}", str(n), "same" if low >= SAME else "different"]
        for low, high, n in zip(_BINS[:-1], _BINS[1:], counts, strict=True)
        if n
    ]
    parts = [
        table("Tiles", ["", "tiles", "featureless"], rows),
        note("Featureless tiles, such as water, resemble everything and prove nothing."),
        note(f"With similar fingerprints: {counted(audit.proposed, 'pair')} of tiles."),
    ]
    if bins:
        parts.append(table("Correlation of their pixels", ["", "pairs of tiles", ""], bins))
    return section("looked", "What was compared", parts)


def _pictures(audit: Audit) -> list[str]:
    """The best match of each of some pairs: those that agree best, and those that agree least."""
    best: dict[tuple[str, str], Match] = {}
    for match in audit.matches:
        best.setdefault((match.target.split, match.target.pair_id), match)
    matches = list(best.values())
    least = matches[SHOWN:][-SHOWN:]
    return [
        section(name, title, [cards(list(map(_card, some)))])
        for name, title, some in (
            ("best", "Matches that agree best", matches[:SHOWN]),
            ("least", "Matches that agree least", least),
        )
        if some
    ]


def _card(match: Match) -> Card:
    fit = match.fit
    turned = f", turned {90 * fit.turns}°" if fit.turns else ""
    turned += ", mirrored" if fit.mirrored else ""
    said = f"correlation {fit.ncc:.3f}, shifted {fit.down} down, {fit.right} right{turned}"
    figures = [
        Picture(_tile_uri(image, tile), _place(side, image, tile), f"{side} tile")
        for side, image, tile in (
            ("source", match.source, match.source_tile),
            ("target", match.target, match.target_tile),
        )
    ]
    heading = f"{match.target.split}: {match.target.pair_id}"
    return Card(heading, figures=figures, remark=said)


def _place(side: str, image: ImageFile, tile: Tile) -> str:
    return f"{side}, {image.date}: {image.pair_id}, row {tile.row}, column {tile.column}"


def _tile_uri(image: ImageFile, tile: Tile) -> str:
    return data_uri(Image.fromarray(tile.cut(read_image(image.path))))
