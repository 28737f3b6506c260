"""Constant captioner: says one sentence for every pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.model import BaseModel

from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample


@MODELS.register_module()
class ConstantCaptioner(BaseModel):
    """Baseline that says one sentence of every pair, or one of changed pairs and one of the rest.

    It has no weights and cannot be trained. ``tools/analysis_tools/trivial_baselines.py`` finds
    the sentences that do best on a training split.

    Args:
        sentence: Said of every pair.
        change_sentence: Said of those whose sample has ``change_flag`` 1, in its place: a system
            that is given the true change flag.
    """

    def __init__(self, sentence: str, change_sentence: str | None = None) -> None:
        super().__init__()
        self.sentence = sentence
        self.change_sentence = change_sentence

    def forward(
        self, inputs: Any, data_samples: Sequence[ChangeDataSample], mode: str = "predict"
    ) -> list[ChangeDataSample]:
        """The samples with ``pred_caption``.

        Raises:
            ValueError: If the mode is another than 'predict'.
        """
        if mode != "predict":
            raise ValueError(f"ConstantCaptioner has nothing to train, got mode {mode!r}")
        for sample in data_samples:
            told = self.change_sentence is not None and sample.change_flag == 1
            sample.pred_caption = self.change_sentence if told else self.sentence
        return list(data_samples)
