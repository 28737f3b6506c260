"""Calibration of the change decision on the change flags of a validation split.

The rule and its evidence: :mod:`mmrsicc.models.captioners.change_decision`. It is a logistic
regression with two features and a ridge penalty (that of scikit-learn's default, C = 1), so that a
few pairs suffice and separable ones give finite weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.runner import Runner
from torch import Tensor

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.models.captioners.change_decision import evidence

_FOLDS = 10


@dataclass(frozen=True)
class FlagEvidence:
    """Evidence of N pairs that the decision weighs.

    Attributes:
        features: (N, 2) float64: the speaker's log odds of a change, and the logarithm of the
            changed share of the mask, 0 without one.
        flags: (N,) bool, whether the pair truly changed.
        said: (N,) bool, whether the model's sentence, without a decision, describes a change.
        can_say: (N,) bool, whether any of its sentences does, so that a decision can choose it.
        has_mask: Whether the model predicts a mask.
    """

    features: Tensor
    flags: Tensor
    said: Tensor
    can_say: Tensor
    has_mask: bool


@torch.no_grad()
def collect_evidence(captioner: Any, dataloader: dict[str, Any]) -> FlagEvidence:
    """Runs a captioner over the pairs of a data loader's config.

    Args:
        captioner: A ``ChangeCaptioner`` ready to predict.
        dataloader: Config of the loader.

    Raises:
        ValueError: If a pair has no change flag, or the vocabulary no known no-change sentence.
    """
    speaker = captioner.speaker
    if not speaker.no_change:
        raise ValueError(
            "the model's vocabulary has the words of no known no-change sentence "
            "(mmrsicc/datasets/no_change.py): there is nothing to calibrate"
        )
    speaker.set_decision(None)
    features: list[Tensor] = []
    flags: list[bool] = []
    said: list[bool] = []
    can_say: list[bool] = []
    encoded = None
    for batch in Runner.build_dataloader(dataloader):
        data = captioner.data_preprocessor(batch)
        inputs, samples = data["inputs"], data["data_samples"]
        encoded = captioner(inputs, mode="tensor")
        told = captioner.conditions(encoded, samples, inputs[0].shape[-2:])
        hypotheses, chances = speaker.answer(encoded, told)
        share = None if told.changed_share is None else told.changed_share.cpu()
        features.append(torch.stack(evidence(torch.tensor(chances), share), 1))
        flags += [_flag(sample) for sample in samples]
        for own in hypotheses:
            changes = [not is_no_change(speaker.tokenizer.decode(one.ids)) for one in own]
            said.append(changes[0])
            can_say.append(any(changes))
    has_mask = encoded is not None and encoded.logits is not None
    return FlagEvidence(
        torch.cat(features).double(),
        torch.tensor(flags),
        torch.tensor(said),
        torch.tensor(can_say),
        has_mask,
    )


def _flag(sample: Any) -> bool:
    if "change_flag" not in sample:
        raise ValueError(
            f"pair {sample.get('pair_id')!r} has no change flag to calibrate on: add changeflag to "
            "the caption file"
        )
    return bool(sample.change_flag)


def fit_decision(found: FlagEvidence) -> dict[str, float]:
    """Arguments of the :class:`ChangeDecision` that fits best.

    Raises:
        ValueError: If all pairs have the same flag.
    """
    if found.flags.all() or not found.flags.any():
        raise ValueError(
            "all pairs of the split have the same change flag: calibrate on one with both kinds"
        )
    columns = found.features if found.has_mask else found.features[:, :1]
    weights = _logistic_regression(columns, found.flags.double())
    names = ("bias", "speaker", "mask")
    return {name: round(w, 4) for name, w in zip(names, weights.tolist(), strict=False)}


def cross_validated_accuracy(found: FlagEvidence, seed: int = 0) -> float:
    """Share of flags that sentences get right by rules fitted to the other nine tenths of pairs.

    A pair that is called changed, but has no sentence about a change, as with a greedy search,
    keeps its no-change sentence.
    """
    order = np.random.default_rng(seed).permutation(len(found.flags))
    columns = found.features if found.has_mask else found.features[:, :1]
    right = 0
    for fold in np.array_split(order, _FOLDS):
        rest = torch.from_numpy(np.setdiff1d(order, fold))
        held = torch.from_numpy(fold)
        weights = _logistic_regression(columns[rest], found.flags[rest].double())
        answers = (weights[0] + columns[held] @ weights[1:] > 0) & found.can_say[held]
        right += int((answers == found.flags[held]).sum())
    return right / len(order)


def _logistic_regression(columns: Tensor, targets: Tensor) -> Tensor:
    """Bias and weights (1 + F,) of a logistic regression with ridge penalty on the weights."""
    weights = torch.zeros(1 + columns.shape[1], dtype=torch.double, requires_grad=True)
    solver = torch.optim.LBFGS([weights], max_iter=500, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        logits = weights[0] + columns @ weights[1:]
        value = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
        value = value + 0.5 * weights[1:].square().sum()
        value.backward()
        return value

    solver.step(loss)
    return weights.detach()
