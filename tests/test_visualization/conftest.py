"""A small captioner with all that can be shown."""

import copy

import pytest
import torch

from mmrsicc.models import ChangeCaptioner

WORDS = ["<pad>", "<unk>", "<start>", "<end>", "a", "house", "road", "is", "built", "gone"]
MIT = {
    "type": "mmseg.MixVisionTransformer",
    "embed_dims": 8,
    "num_layers": [1, 1, 1, 1],
    "num_heads": [1, 1, 2, 2],
}
ENCODER = {
    "backbone": MIT,
    "change_detector": {
        "type": "SiameseChangeDetector",
        "backbone": MIT,
        "source_dataset": "fabricated",
        "channels": 8,
    },
    "neck": {"type": "JFM", "channels": 32, "out_channels": 32, "grid_size": 3},
}
SPEAKER = {
    "head": {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4, "num_layers": 2},
    "tokenizer": {"type": "Vocabulary", "words": WORDS},
    "decoding": {"type": "GreedySearch", "max_length": 5},
}


@pytest.fixture
def make_captioner():
    """Builds the captioner, with changes to the config of its encoder."""

    def make(**changes) -> ChangeCaptioner:
        torch.manual_seed(0)
        encoder = copy.deepcopy({**ENCODER, **changes})
        return ChangeCaptioner(encoder, copy.deepcopy(SPEAKER)).eval()

    return make
