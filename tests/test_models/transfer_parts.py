"""A small captioner with a small change detector, which the tests of transfer modes share."""

import torch
from test_models import parts
from torch import nn

from mmrsicc.registry import MODELS

WORDS = ["<pad>", "<unk>", "<start>", "<end>", "a", "house", "road", "is", "built", "gone"]
CAPTIONS = ["a house is built", "a road is gone"]


@MODELS.register_module(force=True)
class TwoScales(nn.Module):
    """A backbone of two convolutions, at strides 4 and 8."""

    def __init__(self, width=8):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 4, stride=4)
        self.stage = nn.Conv2d(width, 2 * width, 2, stride=2)

    def forward(self, x):
        fine = self.stem(x).relu()
        return fine, self.stage(fine).relu()


DETECTOR = {
    "type": "SiameseChangeDetector",
    "backbone": {"type": "TwoScales", "width": 4},
    "source_dataset": "test",
    "channels": 8,
}
CONFIG = {
    "backbone": {"type": "TwoScales"},
    "neck": {"type": "JFM", "channels": 32, "out_channels": 32, "grid_size": 2, "num_layers": 1},
    "head": {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4},
    "tokenizer": {"type": "Vocabulary", "words": WORDS},
}


def make_captioner(**changes):
    return parts.captioner(**{**CONFIG, **changes})


def make_batch(size=32, masks=True):
    torch.manual_seed(1)
    samples = [parts.sample(caption) for caption in CAPTIONS]
    for k, sample in enumerate(samples):
        if masks:
            sample.gt_mask = torch.zeros(size, size, dtype=torch.uint8)
            sample.gt_mask[: size // 2, k * size // 2 :] = 1
    inputs = tuple(torch.randint(0, 255, (2, 2, 3, size, size), dtype=torch.uint8))
    return {"inputs": inputs, "data_samples": samples}


def run(model, mode, batch=None):
    data = model.data_preprocessor(batch or make_batch(), training=mode == "loss")
    return model(**data, mode=mode)


def detections(model):
    """Grows with each call of the model's change detector."""
    seen = []
    extract = model.encoder.change_detector.extract
    model.encoder.change_detector.extract = lambda b, a: seen.append(1) or extract(b, a)
    return seen
