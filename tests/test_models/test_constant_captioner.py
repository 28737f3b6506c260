import pytest
import torch

from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample


def _said(**config) -> list[str]:
    samples = []
    for flag in (0, 1):
        sample = ChangeDataSample()
        sample.change_flag = flag
        samples.append(sample)
    model = MODELS.build({"type": "ConstantCaptioner", "sentence": "a", **config})
    batch = {"inputs": [torch.zeros(2, 3, 8, 8)] * 2, "data_samples": samples}
    return [sample.pred_caption for sample in model.test_step(batch)]


def test_it_says_the_same_of_every_pair():
    assert _said() == ["a", "a"]


def test_told_the_flag_it_says_something_else_of_changed_pairs():
    assert _said(change_sentence="b") == ["a", "b"]


def test_it_cannot_be_trained():
    model = MODELS.build({"type": "ConstantCaptioner", "sentence": "a"})
    with pytest.raises(ValueError, match="nothing to train"):
        model(None, [], mode="loss")
