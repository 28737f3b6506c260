"""A small network that learns from the certain pixels of its own pair, after Gong et al. (2016)."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.change_maps.pixel_features import patches, scaled
from mmrsicc.change_maps.seeding import seeded_training

#: Widths of the hidden layers.
WIDTHS = (250, 200, 100)
#: Pixels of each class that are learned from, at most.
_SAMPLES = 4000


class PreClassified(ChangeMap):
    """Fuzzy clusters of the pair's ratio give certain labels, which a network learns.

    After "Change Detection in Synthetic Aperture Radar Images Based on Deep Neural Networks" (Gong
    et al., TNNLS 2016). Of three fuzzy clusters (Bezdek 1981) of ``|a - b| / (a + b)`` the lowest
    is unchanged and the highest changed, where most of a pixel's neighbours are of its cluster;
    what lies between is uncertain. A network of 250, 200 and 100 units learns these labels from the
    5 x 5 pixels of both dates, and its probability of change is the score.

    What the paper has and this has not: the joint clustering of both images in place of their
    ratio's, and restricted Boltzmann machines that the network starts from.

    Args:
        patch_size: Odd side of a pixel's neighbourhood.
        agreement: Share of the neighbours that a certain pixel's cluster has.
        epochs: Times that the certain pixels are learned from.
        seed: Of weights and draws.

    Attributes:
        threshold: 0.5, of a probability.
    """

    threshold = 0.5

    def __init__(
        self, patch_size: int = 5, agreement: float = 0.5, epochs: int = 20, seed: int = 0
    ) -> None:
        self.patch_size = patch_size
        self.agreement = agreement
        self.epochs = epochs
        self.seed = seed

    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Probabilities of change, by a network trained on this pair; 0 if no pixel is certain."""
        labels = self.certain(before, after, valid)
        if (labels < 0).all():
            return np.zeros(valid.shape)
        both = np.concatenate([before, after], axis=1)
        wide = scaled(both, np.concatenate([valid, valid], axis=1))
        features = patches(np.concatenate(np.split(wide, 2, axis=1), axis=2), self.patch_size)
        with seeded_training(self.seed):
            network = self._trained(features, labels)
        rows = torch.from_numpy(features.reshape(-1, features.shape[-1]))
        with torch.no_grad():
            found = torch.cat([network(part) for part in rows.split(2**16)])
        return found.sigmoid().reshape(valid.shape).numpy()

    def certain(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """(H, W) int8: 1 certainly changed, 0 certainly not, -1 uncertain."""
        first, second = before.astype(np.float64), after.astype(np.float64)
        ratio = np.abs(first - second) / np.maximum(np.abs(first) + np.abs(second), 1e-12)
        ratio = ratio.mean(axis=2)
        cluster = np.full(valid.shape, -1)
        cluster[valid] = fuzzy_clusters(ratio[valid], 3)
        around = patches(cluster[..., None], self.patch_size)
        labels = np.full(valid.shape, -1, np.int8)
        for label, number in ((0, 0), (1, 2)):
            agree = (around == number).mean(axis=2) >= self.agreement
            labels[(cluster == number) & agree] = label
        return labels

    def _trained(self, features: np.ndarray, labels: np.ndarray) -> nn.Module:
        random = np.random.default_rng(self.seed)
        chosen = [
            random.permutation(np.flatnonzero(labels.ravel() == label))[:_SAMPLES]
            for label in (0, 1)
        ]
        places = random.permutation(np.concatenate(chosen))
        rows = torch.from_numpy(features.reshape(-1, features.shape[-1])[places])
        truth = torch.from_numpy(labels.ravel()[places]).float().unsqueeze(1)
        network = _network(features.shape[-1])
        # Both classes have equal weight, however rare changes are.
        balance = torch.tensor(len(chosen[0]) / max(len(chosen[1]), 1))
        loss_of = nn.BCEWithLogitsLoss(pos_weight=balance)
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
        for _ in range(self.epochs):
            for batch in torch.randperm(len(rows)).split(128):
                loss = loss_of(network(rows[batch]), truth[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        return network


def fuzzy_clusters(values: np.ndarray, count: int, rounds: int = 50) -> np.ndarray:
    """Clusters of numbers by fuzzy c-means with exponent 2 (Bezdek 1981), numbered as they rise.

    Args:
        values: (N,).
        count: How many clusters.
        rounds: At most; ends where no centre moves.

    Returns:
        (N,) int: of each value the cluster that it belongs to most.
    """
    centres = np.quantile(values, np.linspace(0, 1, count))
    for _ in range(rounds):
        squares = np.maximum((values[:, None] - centres) ** 2, 1e-12)
        member = (1 / squares) / (1 / squares).sum(axis=1, keepdims=True)
        weights = member**2
        moved = (weights * values[:, None]).sum(axis=0) / weights.sum(axis=0)
        if np.abs(moved - centres).max() < 1e-6:
            break
        centres = moved
    order = np.sort(centres)
    return np.abs(values[:, None] - order).argmin(axis=1)


def _network(inputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in WIDTHS:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 1))
