"""Retrieval scores of two towers, one of image pairs and one of sentences.

A sentence may be right for many pairs, since half of LEVIR-CC's pairs have the same five, and a
pair has several sentences. So each distinct sentence appears once among the sentences; all pairs
that have it are right for it, and all sentences of a pair are right for the pair. A search has
found at rank k if any right one is among the first k.

Equal scores count as drawn in random order. Chance is then no formula of its own: it is what equal
scores get.
"""

from collections.abc import Mapping

import numpy as np

RANKS = (1, 5, 10)


def tower_scores(
    scores: np.ndarray, bears: np.ndarray, changed: np.ndarray
) -> dict[str, dict[str, float]]:
    """Recall and median rank of both directions, over all pairs and over changed pairs alone.

    Args:
        scores: (P, M), how close pair and sentence are; higher is closer.
        bears: (P, M) bool, whether the sentence is one of the pair's; every row and column has one.
        changed: (P,) bool, whether the pair shows a change.

    Returns:
        By ``all/text to pair``, ``all/pair to text`` and the same of ``changed/``, which is left
        out where no pair is changed: ``R@1``, ``R@5`` and ``R@10`` in percent of the queries,
        ``median rank`` of the first right one, all four again after ``chance/``, and the numbers
        of ``queries`` and ``candidates``.
    """
    subsets = {"all": np.ones(len(changed), dtype=bool), "changed": changed.astype(bool)}
    found = {}
    for name, rows in subsets.items():
        if rows.any():
            columns = bears[rows].any(axis=0)
            part, right = (values[rows][:, columns] for values in (scores, bears))
            found[f"{name}/text to pair"] = search_scores(part.T, right.T)
            found[f"{name}/pair to text"] = search_scores(part, right)
    return found


def search_scores(scores: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Results of one direction.

    Args:
        scores: (Q, C), queries against candidates.
        right: (Q, C) bool, at least one per query.
    """
    measured = _measure(scores, right)
    chance = _measure(np.zeros_like(scores), right)
    sizes = {"queries": float(right.shape[0]), "candidates": float(right.shape[1])}
    return measured | {f"chance/{name}": value for name, value in chance.items()} | sizes


def _measure(scores: np.ndarray, right: np.ndarray) -> dict[str, float]:
    # Sums in another order differ in the last bits.
    scores = np.round(scores, 6)
    best = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)
    before = (scores > best).sum(axis=1)
    tied = (scores == best).sum(axis=1)
    good = ((scores == best) & right).sum(axis=1)
    found = {f"R@{k}": 100 * float(_drawn(tied, good, k - before).mean()) for k in RANKS}
    # Among t items in random order, the first of m correct ones is expected at (t + 1) / (m + 1).
    found["median rank"] = float(np.median(before + (tied + 1) / (good + 1)))
    return found


def _drawn(total: np.ndarray, good: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Chance that any of the good ones is among so many draws from a total, without replacement."""
    missed: np.ndarray = np.ones(len(total))
    for i in range(max(RANKS)):
        left = np.clip(1 - good / np.maximum(total - i, 1), 0, 1)
        missed = np.where(i < draws, missed * left, missed)
    return 1 - missed


def retrieval_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Plain text with two lines per direction and set of pairs: the model, and chance."""
    names = [f"R@{k}" for k in RANKS] + ["median rank"]
    titles = "".join(f"{name:>12}" for name in names)
    lines = [f"{'':24}{'queries':>9}{'among':>9}{titles}"]
    for direction, values in found.items():
        sizes = f"{values['queries']:9.0f}{values['candidates']:9.0f}"
        lines.append(f"{direction:24}{sizes}{_cells(values, names)}")
        lines.append(f"{'  by chance':42}{_cells(values, [f'chance/{name}' for name in names])}")
    return "\n".join(lines)


def _cells(values: Mapping[str, float], names: list[str]) -> str:
    return "".join(f"{values[name]:12.2f}" for name in names)
