import copy

import torch
from test_models import parts

from mmrsicc.registry import MODELS

RESNET = {
    "type": "mmpretrain.ResNet",
    "depth": 18,
    "stem_channels": 8,
    "base_channels": 8,
    "out_indices": (0, 1, 2, 3),
}
SIAMESE = {
    "type": "SiameseChangeDetector",
    "backbone": RESNET,
    "source_dataset": "test",
    "channels": 8,
}
WORDS = ["<pad>", "<unk>", "<start>", "<end>", "a", "house"]
ZEROED = {**SIAMESE, "type": "ZeroedChangeDetector", "source_dataset": None}


def make_captioner(detector):
    return parts.captioner(
        backbone=RESNET,
        change_detector=detector,
        neck={"type": "JFM", "channels": 32, "out_channels": 32, "grid_size": 2},
        head={"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4},
        tokenizer={"type": "Vocabulary", "words": WORDS},
    )


def test_features_are_zeros_in_the_real_shapes():
    real, zeroed = (MODELS.build(copy.deepcopy(d)).eval() for d in (SIAMESE, ZEROED))
    images = torch.rand(2, 2, 3, 64, 64) * 255
    found, none = real.extract(*images), zeroed.extract(*images)
    for name in ("before", "after", "difference"):
        pairs = zip(getattr(found, name), getattr(none, name), strict=True)
        assert all(r.shape == z.shape and r.any() and not z.any() for r, z in pairs)
    assert found.logits is not None and none.logits is None


def test_the_captioner_with_it_starts_as_with_the_real_detector():
    real, zeroed = make_captioner(SIAMESE).state_dict(), make_captioner(ZEROED).state_dict()
    assert real.keys() == zeroed.keys()
    assert all(torch.equal(real[name], zeroed[name]) for name in real)


def test_training_with_it_has_finite_gradients():
    model = make_captioner(ZEROED).train()
    samples = [parts.sample("a house")] * 2
    model(parts.raw_pairs(), samples, mode="loss")["loss_caption"].backward()
    assert all(
        p.grad.isfinite().all() for p in model.encoder.neck.parameters() if p.grad is not None
    )
    assert not any(p.grad is not None for p in model.encoder.change_detector.parameters())
