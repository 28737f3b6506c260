"""Small parts that the model tests share."""

import pytest
import torch

from mmrsicc.structures import DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary

WORDS = ["<pad>", "<unk>", "<start>", "<end>", "a", "house", "road", "is", "built", "gone"]


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(words=WORDS)


@pytest.fixture
def difference() -> DifferenceFeatures:
    generator = torch.Generator().manual_seed(0)
    return DifferenceFeatures(
        tokens=torch.randn(5, 6, 32, generator=generator),
        pooled=torch.randn(5, 32, generator=generator),
    )
