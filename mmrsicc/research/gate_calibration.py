"""Theta and kappa of the soft gate, from the captions alone: no image and no label is needed.

Two sentences of one changed pair say the same thing; so do the means of two halves of its
sentences. How similar these are tells from which similarity on two pairs may be taken for one
meaning: theta is the tenth percentile, and the gate opens over a quarter of the way to the median.

The gate does not compare sentences but prototypes, means over all n sentences of a pair, and means
agree better than sentences do: chance averages out. No pair has a second set of n sentences to
measure that with, so the similarities of halves are stepped up to n sentences, as psychologists do
with tests: their level by the formula of Spearman and Brown (1910), and their scatter within a
pair, which is chance, by the square root of the number of sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import torch
from torch import nn

from mmrsicc.models.losses.text_guidance import PairRelations

#: Share of pairs with equal meaning that theta may miss.
MISSED = 0.1

#: Kinds of two pairs, by the sum of their change flags.
KINDS = {2: "changed, changed", 1: "changed, unchanged", 0: "unchanged, unchanged"}


@dataclass(frozen=True)
class GateFit:
    """Parameters of a soft gate.

    Attributes:
        theta: Similarity at which it is half open.
        kappa: Width of its transition.
        interval: 95 % interval of theta.
    """

    theta: float
    kappa: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Batches:
    """K random batches of B pairs, as the gate sees them in training.

    Attributes:
        pairs: (K, B) which pairs.
        flags: (K, B) their change flags.
        similarity: (K, B, B) cosines between them.
    """

    pairs: np.ndarray
    flags: np.ndarray
    similarity: np.ndarray

    def of_kind(self, values: np.ndarray, kind: int) -> np.ndarray:
        """Values between two pairs of a kind, each once, of (K, B, B) symmetric ones."""
        upper = np.triu(np.ones(values.shape[1:], dtype=bool), 1)
        return values[(self.flags[:, :, None] + self.flags[:, None] == kind) & upper]


def prototype(captions: np.ndarray) -> np.ndarray:
    """Mean of a pair's (n, D) caption embeddings, of length 1."""
    mean = captions.mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-12)


def group_similarities(captions: np.ndarray, size: int) -> np.ndarray:
    """Cosines between prototypes of disjoint groups of a pair's captions.

    Args:
        captions: (n, D) embeddings.
        size: Captions in a group, at most n / 2.

    Returns:
        One cosine for each way to choose the two groups: ten for single captions of five.
    """
    first, second = _group_pairs(len(captions), size)
    products = captions @ captions.T

    def inner(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return ((one @ products) * other).sum(axis=1)

    lengths = np.sqrt(inner(first, first) * inner(second, second))
    return inner(first, second) / np.maximum(lengths, 1e-12)


def spearman_brown(similarity: np.ndarray, factor: float) -> np.ndarray:
    """Similarity to expect of means over ``factor`` times as many captions.

    Where there is none, below 0, more captions do not make any.
    """
    similarity = np.maximum(similarity, 0)
    return factor * similarity / (1 + (factor - 1) * similarity)


def stepped_up(similarities: np.ndarray, factor: float) -> np.ndarray:
    """Similarities of a pair's groups, stepped up to groups of ``factor`` times the size.

    They are raised, and drawn together around the pair's level.
    """
    level = spearman_brown(similarities.mean(keepdims=True), factor)
    return level + (spearman_brown(similarities, factor) - level) / np.sqrt(factor)


def prototype_similarities(captions: np.ndarray) -> np.ndarray:
    """Similarities to expect of two prototypes of one meaning, from halves of a pair's captions."""
    size = len(captions) // 2
    return stepped_up(group_similarities(captions, size), len(captions) / size)


def fit_gate(same: Sequence[np.ndarray], resamples: int = 1000, seed: int = 0) -> GateFit:
    """Theta and kappa from similarities of equal meaning.

    Args:
        same: Similarities by pair.
        resamples: Bootstrap resamples of the pairs, for theta's interval.
        seed: Of the resamples.

    Raises:
        ValueError: If there is nothing to go by, or the similarities do not differ.
    """
    if not same:
        raise ValueError(
            "no changed pair: theta is calibrated on the captions of changed pairs, choose a split "
            "that has some"
        )
    theta, median = np.quantile(np.concatenate(same), [MISSED, 0.5])
    kappa = (median - theta) / 4
    if kappa < 1e-6:
        raise ValueError(
            "the captions of a changed pair are all alike: there is no spread to calibrate on, "
            "leave the gate out"
        )
    generator = np.random.default_rng(seed)
    drawn = [
        np.quantile(np.concatenate([same[i] for i in chosen]), MISSED)
        for chosen in generator.integers(0, len(same), (resamples, len(same)))
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return GateFit(float(theta), float(kappa), (float(low), float(high)))


def missed_by_half(pairs: Sequence[np.ndarray]) -> dict[str, float]:
    """Test of the rules where the answer is known: on prototypes of half the captions.

    Each rule gets single captions, as if no pair had more than half of its own; the other half
    then shows how many equal meanings its theta misses. :data:`MISSED` would be right.

    Args:
        pairs: (n, D) embeddings of each pair's captions.

    Returns:
        Share of missed meanings, by rule.
    """
    known = np.concatenate([group_similarities(c, len(c) // 2) for c in pairs])
    single = [group_similarities(c, 1) for c in pairs]
    stepped = [stepped_up(s, len(c) // 2) for s, c in zip(single, pairs, strict=True)]
    rules = {"single captions": single, "prototypes": stepped}
    return {
        name: float((known < np.quantile(np.concatenate(same), MISSED)).mean())
        for name, same in rules.items()
    }


def draw_batches(
    embeddings: np.ndarray, flags: np.ndarray, batch_size: int, count: int, seed: int = 0
) -> Batches:
    """Random batches without repetition within a batch.

    Args:
        embeddings: (P, D) one embedding of length 1 per pair.
        flags: (P,) change flags.
        batch_size: Pairs of a batch; all of them where there are fewer.
        count: Number of batches.
        seed: Of the draws.
    """
    generator = np.random.default_rng(seed)
    size = min(batch_size, len(flags))
    pairs = np.stack([generator.choice(len(flags), size, replace=False) for _ in range(count)])
    similarity = np.stack([embeddings[chosen] @ embeddings[chosen].T for chosen in pairs])
    return Batches(pairs, flags[pairs], similarity)


def openings(gate: nn.Module, batches: Batches) -> np.ndarray:
    """(K, B, B) how far a gate takes each pair out of another's negatives."""
    own = torch.eye(batches.pairs.shape[1], dtype=torch.bool)
    found = []
    for similarity, flags in zip(batches.similarity, batches.flags, strict=True):
        known = torch.from_numpy(flags)
        similar = torch.from_numpy(similarity)
        relations = PairRelations(similar, own, similar > 1 - 1e-4, known, known)
        found.append(1 - gate(relations).numpy())
    return np.stack(found)


def gate_statistics(gate: nn.Module, batches: Batches) -> dict[str, float]:
    """Statistics of the negatives that a gate leaves.

    Returns:
        ``gated/KIND``: share of two pairs of a kind (see :data:`KINDS`) at which the gate is at
        least half open, left out where no batch has such; ``opening``: mean over all; and
        ``opening/low`` and ``opening/high``, between which 90 % of the batches' means lie;
        ``negatives/changed`` and ``negatives/unchanged``: what is left of an anchor's negatives.
    """
    opened = openings(gate, batches)
    size = opened.shape[1]
    by_kind = {name: batches.of_kind(opened, kind) for kind, name in KINDS.items()}
    found = {f"gated/{n}": float((v >= 0.5).mean()) for n, v in by_kind.items() if v.size}
    means = (opened.sum(axis=(1, 2)) - size) / max(size * (size - 1), 1)
    low, high = np.quantile(means, [0.05, 0.95])
    found |= {"opening": float(means.mean()), "opening/low": low, "opening/high": high}
    left = (1 - opened).sum(axis=2)
    for flag, name in ((1, "changed"), (0, "unchanged")):
        if (batches.flags == flag).any():
            found[f"negatives/{name}"] = float(left[batches.flags == flag].mean())
    return {name: float(value) for name, value in found.items()}


def examples_near(batches: Batches, similarity: float, count: int) -> list[tuple[int, int, float]]:
    """Changed pairs whose similarity is nearest to a value: both pairs and their similarity.

    No pair comes twice.
    """
    batch, one, other = np.triu(np.ones_like(batches.similarity, dtype=bool), 1).nonzero()
    changed = (batches.flags[batch, one] == 1) & (batches.flags[batch, other] == 1)
    batch, one, other = batch[changed], one[changed], other[changed]
    values = batches.similarity[batch, one, other]
    found: list[tuple[int, int, float]] = []
    seen: set[int] = set()
    for i in np.argsort(np.abs(values - similarity), kind="stable"):
        two = {int(batches.pairs[batch[i], one[i]]), int(batches.pairs[batch[i], other[i]])}
        if not two & seen:
            found.append((min(two), max(two), float(values[i])))
            seen |= two
        if len(found) == count:
            break
    return found


@cache
def _group_pairs(count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two (S, count) float matrices of 1 where a caption is in a group: all S pairs of groups."""
    if not 1 <= size <= count // 2:
        raise ValueError(
            f"two groups of {max(size, 1)} do not fit in {count} captions: calibration needs at "
            "least two captions of each changed pair"
        )
    groups = [
        (first, second)
        for first in combinations(range(count), size)
        for second in combinations(sorted(set(range(count)) - set(first)), size)
        if first < second
    ]
    members = np.zeros((2, len(groups), count), dtype=np.float32)
    for row, both in enumerate(groups):
        for side, group in enumerate(both):
            members[side, row, list(group)] = 1
    return members[0], members[1]
