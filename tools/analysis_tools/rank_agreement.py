"""Whether two comparisons order their methods alike: Spearman's rank correlation, score by score.

    python tools/analysis_tools/rank_agreement.py \\
        work_dirs/methods_real/summary.json work_dirs/methods_generated/summary.json

The files are those that `mmrsicc compare-methods` and `mmrsicc ablate` write. Methods that only one
of them has are left out. The interval is a bootstrap of 95 % over methods: what another choice of
methods could have given.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from mmrsicc.evaluation.scores.tables import markdown
from mmrsicc.utils.text_files import read_json

SCORES = {
    "Sm": "S*m",
    "change/Sm": "S*m, changed",
    "change/CIDEr-D": "CIDEr-D, changed",
    "flag_accuracy": "flag",
    "content/objects_precision": "objects right",
    "content/directions_precision": "directions right",
}


def main(args: list[str] | None = None) -> None:
    """Prints a row per score that both files have."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("summaries", nargs=2, type=Path, help="summary.json of each comparison")
    parser.add_argument("--split", default="test")
    options = parser.parse_args(args)
    try:
        first, second = (methods(path, options.split) for path in options.summaries)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    names = [name for name in first if name in second]
    if len(names) < 3:
        parser.error(f"{len(names)} methods are in both files: ranks need three or more")
    rows = [["score", "methods", "rank correlation", "95 %"]]
    for key, title in SCORES.items():
        pairs = [(first[name].get(key), second[name].get(key)) for name in names]
        known = np.array([pair for pair in pairs if None not in pair], dtype=float)
        if len(known) >= 3 and np.ptp(known, axis=0).min() == 0:
            rows.append([title, str(len(known)), "none: equal for all", ""])
        elif len(known) >= 3:
            rho, low, high = agreement(known)
            rows.append([title, str(len(known)), f"{rho:.2f}", f"{low:.2f} to {high:.2f}"])
    print(markdown(rows))


def methods(path: Path, split: str) -> dict[str, dict[str, float]]:
    """Mean scores of each method.

    Raises:
        ValueError: If the file is no summary, or has no such split.
    """
    content = read_json(path)
    summary = content.get("comparison", content) if isinstance(content, dict) else {}
    splits = summary.get("splits", {})
    if split not in splits:
        raise ValueError(
            f"{path} has no split {split!r}, only {sorted(splits)}: name one by --split"
        )
    found: Mapping[str, Mapping] = splits[split]["methods"]
    return {
        name: {key: interval["mean"] for key, interval in entry["intervals"].items()}
        for name, entry in found.items()
    }


def agreement(pairs: np.ndarray, draws: int = 2000, seed: int = 0) -> tuple[float, float, float]:
    """Spearman's rank correlation of (methods, 2) and the ends of its bootstrap interval."""
    random = np.random.default_rng(seed)
    samples = (pairs[random.integers(len(pairs), size=len(pairs))] for _ in range(draws))
    # A sample of one method over and over has no order.
    ranks = [spearmanr(*s.T).statistic for s in samples if np.all(np.ptp(s, axis=0) > 0)]
    low, high = np.percentile(ranks, [2.5, 97.5])
    return float(spearmanr(*pairs.T).statistic), float(low), float(high)


if __name__ == "__main__":
    main()
