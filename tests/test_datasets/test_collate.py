"""Batches that the workers of a data loader stack."""

import pytest
import torch
from mmengine.dataset import pseudo_collate

from mmrsicc.datasets.collate import stack_pairs
from mmrsicc.models import PairDataPreprocessor


def make_samples(*sizes, bands=(3, 3)):
    return [
        {
            "inputs": tuple(torch.full((c, *size), k, dtype=torch.uint8) for c in bands),
            "data_samples": k,
        }
        for k, size in enumerate(sizes)
    ]


def test_images_of_one_size_are_stacked_as_they_are():
    batch = stack_pairs(make_samples((4, 6), (4, 6), bands=(2, 5)))
    assert [tuple(date.shape) for date in batch["inputs"]] == [(2, 2, 4, 6), (2, 5, 4, 6)]
    assert all(date.dtype == torch.uint8 for date in batch["inputs"])
    assert batch["data_samples"] == [0, 1]


@pytest.mark.parametrize("sizes", [((4, 6), (4, 6)), ((4, 6), (6, 4))])
def test_the_model_gets_the_same_as_from_mmengine_s_collate(sizes):
    batching = PairDataPreprocessor(fill=((1.0, 2.0, 3.0),) * 2)
    found = batching(stack_pairs(make_samples(*sizes)))
    expected = batching(pseudo_collate(make_samples(*sizes)))
    for ours, theirs in zip(found["inputs"], expected["inputs"], strict=True):
        assert torch.equal(ours, theirs)
    assert found["data_samples"] == expected["data_samples"] == [0, 1]
