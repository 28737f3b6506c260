"""Audit: training images of a detector that show what a captioner is tested on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from mmrsicc.research.leakage.correlation import Correlation, correlate
from mmrsicc.research.leakage.fingerprints import fingerprints
from mmrsicc.research.leakage.images import ImageFile
from mmrsicc.research.leakage.proposals import propose
from mmrsicc.research.leakage.tiles import TILE, Tile, grey_image

#: Correlation from which two tiles show the same pixels. Measured, see the user guide: 0.75 and
#: more for the same tile after JPEG of quality 20, at most 0.16 for different places.
SAME = 0.4


@dataclass(frozen=True)
class Match:
    """A tile of the source that shows the same pixels as a tile of the target.

    Attributes:
        source: Image that the detector was trained on.
        source_tile: Where in it.
        target: Image that the captioner is tested on.
        target_tile: Where in it.
        fit: How well the pixels agree, and by which shift.
        bits: How many bits of the fingerprints differ.
    """

    source: ImageFile
    source_tile: Tile
    target: ImageFile
    target_tile: Tile
    fit: Correlation
    bits: float

    @property
    def dates(self) -> str:
        """Dates that match, the source's first."""
        return f"{self.source.date} = {self.target.date}"


@dataclass(frozen=True)
class Audit:
    """Result of an audit.

    Attributes:
        matches: Best first.
        pairs: Number of the target's pairs by split.
        source_pairs: Number of the source's pairs.
        tiles: Number of tiles of source and target.
        featureless: How many of those show too little to be compared.
        proposed: Number of tile pairs with similar fingerprints.
        correlations: (proposed,) how well their pixels agree.
    """

    matches: list[Match]
    pairs: dict[str, int]
    source_pairs: int
    tiles: tuple[int, int]
    featureless: tuple[int, int]
    proposed: int
    correlations: np.ndarray

    @property
    def overlapping(self) -> dict[str, list[str]]:
        """Names of the target's pairs that the source shows too, by split."""
        found = {(match.target.split, match.target.pair_id) for match in self.matches}
        return {split: sorted(p for s, p in found if s == split) for split in self.pairs}

    @property
    def dates(self) -> dict[str, int]:
        """Number of matches by the dates that match."""
        return dict(sorted(Counter(match.dates for match in self.matches).items()))


def audit_leakage(
    source: Sequence[ImageFile],
    target: Sequence[ImageFile],
    step: int = TILE,
    oriented: bool = False,
    threads: int = 2,
) -> Audit:
    """Finds tiles of the target's images among those of the source.

    Fingerprints propose, pixels decide. Every date of the source is compared with every date of the
    target.

    Args:
        source: Images that a detector was trained on.
        target: Images that a captioner is tested on.
        step: Pixels between tiles of the source, which are 256 pixels wide; less than that for
            targets that were not cut on the source's grid.
        oriented: Also find tiles that were turned or mirrored.
        threads: How many images are worked on at a time.

    Raises:
        ValueError: If there is no image, one is damaged, or one stands in several splits.
        FileNotFoundError: If one is missing.
    """
    for name, images in (("source", source), ("target", target)):
        if not images:
            raise ValueError(f"the {name} has no image: name another folder, config or split")
        _check_splits(name, images)
    ours = fingerprints(source, step, threads=threads)
    theirs = fingerprints(target, TILE, moved=True, oriented=oriented, threads=threads)
    pairs, bits = propose(ours.bits[:, 0], theirs.bits)

    def compare(pair: np.ndarray) -> Correlation:
        first, second = ours.tiles[pair[0]], theirs.tiles[pair[1]]
        return correlate(
            first.cut(grey_image(source[first.image].path)),
            second.cut(grey_image(target[second.image].path)),
            oriented,
        )

    with ThreadPoolExecutor(threads) as pool:
        fits = list(pool.map(compare, pairs))
    matches = [
        Match(
            source[ours.tiles[i].image],
            ours.tiles[i],
            target[theirs.tiles[j].image],
            theirs.tiles[j],
            fit,
            float(different),
        )
        for (i, j), different, fit in zip(pairs, bits, fits, strict=True)
        if fit.ncc >= SAME
    ]
    names = {(image.split, image.pair_id) for image in target}
    return Audit(
        matches=sorted(matches, key=lambda match: -match.fit.ncc),
        pairs=dict(sorted(Counter(split for split, _ in names).items())),
        source_pairs=len({(image.split, image.pair_id) for image in source}),
        tiles=(len(ours.tiles), len(theirs.tiles)),
        featureless=(int(ours.featureless.sum()), int(theirs.featureless.sum())),
        proposed=len(pairs),
        correlations=np.array([fit.ncc for fit in fits]),
    )


def _check_splits(name: str, images: Sequence[ImageFile]) -> None:
    splits: dict[str, str] = {}
    for image in images:
        first = splits.setdefault(image.path, image.split)
        if first != image.split:
            raise ValueError(
                f"{image.path} of the {name} is in split {first!r} and in {image.split!r}: name "
                "one split, or a config that separates the splits"
            )
