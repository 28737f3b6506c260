"""Explanation of a sentence in numbers: where its words look, how far the gates are open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from mmrsicc.structures import ChangeDataSample, Conditions, DifferenceFeatures
from mmrsicc.visualization.raw_pair import raw_pair


@dataclass(frozen=True)
class Explanation:
    """Maps over one pair; each lies over the whole of both dates.

    Attributes:
        words: The L words of the predicted sentence.
        attention: (layers, L, g, g) cross-attention of each word over the grid of difference
            tokens, the mean over heads; sums to 1 over the grid. None if the head cannot tell or
            the tokens are no square grid.
        scale_weights: (K, g, g) how much each scale counts at each place; sums to 1 over scales.
            None if the neck has none.
        change_gates: Openness of the gates to the change detector, from 0 to 1: a map (h_k, w_k)
            of each scale. Empty if the neck has no gates.
        covered: Share of the maps' height and width that the images fill; the rest is padding.
    """

    words: list[str] = field(default_factory=list)
    attention: Tensor | None = None
    scale_weights: Tensor | None = None
    change_gates: list[Tensor] = field(default_factory=list)
    covered: tuple[float, float] = (1.0, 1.0)

    @property
    def lacking(self) -> list[str]:
        """Parts that the model could not explain, in words."""
        known = {
            "attention of words": self.attention is not None,
            "weights of scales": self.scale_weights is not None,
            "gates for a change detector": bool(self.change_gates),
        }
        return [name for name, there in known.items() if not there]

    def word_levels(self) -> tuple[np.ndarray, float]:
        """(L, g, g) how strongly to colour each word's map, and the share that 1 stands for.

        In logarithms of how often the even share, since some words look at one place and others
        nowhere much. The share is counted in even shares.

        Raises:
            ValueError: If there is no attention.
        """
        if self.attention is None:
            raise ValueError("the model gives no word attention: take a head with word_attention")
        shares = self.attention.mean(dim=0).numpy() * self.attention.shape[-1] ** 2
        top = max(float(shares.max()), 2.0)
        return np.log(shares.clip(1.0)) / np.log(top), top


@torch.no_grad()
def explain(model: Any, pair: Mapping[str, Any]) -> Explanation:
    """Decodes a pair and reads its sentence again, word by word, to see where the words look.

    Args:
        model: In eval mode. A captioner that is no
            :class:`~mmrsicc.models.captioners.ChangeCaptioner` has nothing to tell.
        pair: What the test pipeline makes of the pair: ``inputs`` and ``data_samples``.
    """
    if not hasattr(model, "speaker"):
        return Explanation()
    batch = model.data_preprocessor(pseudo_collate([pair]))
    padded = batch["inputs"][0].shape[-2:]
    features = model.encoder(*batch["inputs"])
    told = model.conditions(features, batch["data_samples"], padded)
    speaker = model.speaker
    ids = speaker.answer(features, told)[0][0][0].ids
    height, width = pair["inputs"][0].shape[-2:]
    weights = features.scale_weights
    return Explanation(
        words=[speaker.tokenizer.decode([i]) or "(unknown)" for i in ids],
        attention=_attention(speaker, features, told, ids),
        scale_weights=None if weights is None else weights[0].float().cpu(),
        change_gates=[gate[0, 0].float().cpu() for gate in features.gates],
        covered=(height / padded[0], width / padded[1]),
    )


def _attention(
    speaker: Any, features: DifferenceFeatures, told: Conditions, ids: list[int]
) -> Tensor | None:
    """(layers, L, g, g), for L ids without start and end."""
    if not hasattr(speaker.head, "word_attention") or not ids:
        return None
    # The last row is that of the end, which is not a word.
    read = torch.tensor([[speaker.tokenizer.start_id, *ids[:-1]]], device=features.tokens.device)
    # Each layer may attend to its own level only.
    weights = speaker.head.word_attention(speaker.masked(features, told), read, told)[0]
    weights = weights.float().cpu()
    # Tokens of the change flag or of the whole pair have no position.
    weights = weights[..., : features.num_places]
    side = features.side or 0
    return weights.unflatten(-1, (side, side)) if side * side == weights.shape[-1] else None


def explain_record(
    model: Any, record: dict[str, Any], pipeline: Callable[[dict[str, Any]], Any]
) -> tuple[tuple[Tensor, Tensor], ChangeDataSample, Explanation]:
    """Predicts a recorded pair: all that a picture of it shows.

    Args:
        model: In eval mode.
        record: ``pair_id``, ``before_path``, ``after_path`` and what else a data set knows.
        pipeline: The test pipeline (MMCV's ``Compose``).

    Returns:
        The images as they are in their files, (3, H, W) uint8 RGB each; all that is recorded and
        predicted of the pair; and what the prediction rests on.

    Raises:
        FileNotFoundError, ValueError: As :func:`~mmrsicc.visualization.raw_pair.raw_pair`.
    """
    whole = raw_pair(record, pipeline.transforms)  # type: ignore[attr-defined]
    pair = pipeline(dict(record))
    explanation = explain(model, pair)
    with torch.no_grad():
        (predicted,) = model.test_step(pseudo_collate([pair]))
    sample: ChangeDataSample = whole["data_samples"]
    sample.set_data({key: value for key, value in predicted.items() if key.startswith("pred_")})
    return whole["inputs"], sample, explanation
