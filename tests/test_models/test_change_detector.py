"""What all native change detectors must do, each in a small form."""

import copy

import pytest
import torch
from test_models import parts

from mmrsicc.models.change_detectors import ChangeDetector
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample

RESNET = {
    "type": "mmpretrain.ResNet",
    "depth": 18,
    "stem_channels": 8,
    "base_channels": 8,
    "out_indices": (0, 1, 2, 3),
}
BIT_RESNET = {
    **RESNET,
    "num_stages": 3,
    "strides": (1, 2, 1),
    "dilations": (1, 1, 1),
    "out_indices": (0, 1, 2),
}
MIX = {
    "type": "MixTransformer",
    "channels": (8, 8, 16, 16),
    "depths": (1, 1, 1, 1),
    "num_heads": (1, 2, 2, 4),
}
VMAMBA = {"type": "VMamba", "channels": 8, "depths": (1, 1, 1, 1)}
DETECTORS = {
    "siamese": {"type": "SiameseChangeDetector", "backbone": RESNET, "channels": 8},
    "siamese-pair": {
        "type": "SiameseChangeDetector",
        "backbone": RESNET,
        "channels": 32,
        "difference": {"type": "PairDifference"},
    },
    "fc-ef": {"type": "FCEF"},
    "fc-siam-conc": {"type": "FCSiamConc"},
    "fc-siam-diff": {"type": "FCSiamDiff"},
    "bit": {"type": "BIT", "backbone": BIT_RESNET, "depth": 2, "dims": 8, "head_dim": 4},
    "changeformer": {"type": "ChangeFormer", "backbone": MIX, "channels": 8},
    "changemamba": {"type": "ChangeMamba", "backbone": VMAMBA, "channels": 8},
    "tinycd": {"type": "TinyCD"},
}
NAMES = sorted(DETECTORS)


def make_detector(name, **options):
    torch.manual_seed(0)
    config = {"source_dataset": "test", **DETECTORS[name], **options}
    return MODELS.build(copy.deepcopy(config))


def make_pairs(height=32, width=32, batch=2):
    generator = torch.Generator().manual_seed(1)
    return torch.rand(batch, 2, 3, height, width, generator=generator) * 255


def make_samples(height=32, width=32, batch=2):
    generator = torch.Generator().manual_seed(2)
    samples = [ChangeDataSample(metainfo={"img_shape": (height, width)}) for _ in range(batch)]
    for sample in samples:
        sample.gt_mask = (torch.rand(height, width, generator=generator) > 0.5).byte()
    return samples


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(32, 32), (37, 50), (17, 23), (5, 8)])
def test_any_size_gives_logits_of_that_size_equal_to_its_tests(name, size):
    detector = make_detector(name).eval()
    pairs = make_pairs(*size)
    features = detector.extract(pairs[:, 0], pairs[:, 1])
    assert features.logits.shape == (2, 2, *size)
    assert len(features.before) == len(features.after) == len(features.difference) == 4
    assert [m.shape for m in features.before] == [m.shape for m in features.after]
    inputs = detector.data_preprocessor({"inputs": pairs.unbind(1)})["inputs"]
    tested = detector(inputs, mode="tensor")[..., : size[0], : size[1]]
    assert torch.equal(features.logits, tested)
    # Maps are those of the padded images, without the places that see padding alone.
    padded = detector.detect(*detector.normalizer(*inputs))
    for part in ("before", "after", "difference"):
        for cut, whole in zip(getattr(features, part), getattr(padded, part), strict=True):
            stride = inputs[0].shape[-1] // whole.shape[-1]
            height, width = cut.shape[-2:]
            assert (height, width) == tuple(-(-side // stride) for side in size)
            assert torch.equal(cut, whole[..., :height, :width])


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_reaches_every_parameter(name):
    detector = make_detector(name).train()
    inputs = make_pairs(64, 64).unbind(1)
    losses = detector(inputs, make_samples(64, 64), mode="loss")
    sum(value for key, value in losses.items() if "loss" in key).backward()
    assert [n for n, p in detector.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_can_learn_two_pairs_by_heart(name):
    detector = make_detector(name).train()
    pairs, sample = make_pairs(32, 32, batch=2), make_samples(32, 32, batch=2)
    # A bright square of the second date is what changed.
    for k, s in enumerate(sample):
        s.gt_mask.zero_()
        s.gt_mask[8 * k : 8 * k + 16, 8:24] = 1
        pairs[k, 1, :, s.gt_mask.bool()] = 255
    inputs = pairs.unbind(1)
    optimizer = torch.optim.Adam(detector.parameters(), lr=1e-2)
    history = []
    for _ in range(8):
        loss = detector(inputs, sample, mode="loss")["loss_ce"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    assert history[-1] < 0.7 * history[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_state_dict_brings_everything_to_a_new_one(name):
    first = make_detector(name).eval()
    torch.manual_seed(9)
    second = MODELS.build(copy.deepcopy({"source_dataset": "test", **DETECTORS[name]})).eval()
    second.load_state_dict(first.state_dict())
    one, other = (d.extract(*make_pairs().unbind(1)).logits for d in (first, second))
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    "name", ["bit", "changeformer", "changemamba", "fc-ef", "fc-siam-diff", "tinycd"]
)
def test_jfm_takes_it_frozen_into_a_captioner(name):
    words = ["<pad>", "<unk>", "<start>", "<end>", "a", "house"]
    captioner = parts.captioner(
        backbone=RESNET,
        change_detector={"source_dataset": "test", **DETECTORS[name]},
        neck={"type": "JFM", "channels": 32, "out_channels": 32, "grid_size": 2},
        head={"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4},
        tokenizer={"type": "Vocabulary", "words": words},
    ).train()
    samples = make_samples()
    for sample in samples:
        sample.targets = ["a house"]
    before = copy.deepcopy(captioner.encoder.change_detector.state_dict())
    inputs = make_pairs().unbind(1)
    captioner(inputs, samples, mode="loss")["loss_caption"].backward()
    assert not captioner.encoder.change_detector.training
    assert all(p.grad is None for p in captioner.encoder.change_detector.parameters())
    after = captioner.encoder.change_detector.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    gates = [p.grad for n, p in captioner.encoder.neck.named_parameters() if "transfers" in n]
    assert any(g is not None and g.any() for g in gates)
    captioner.eval()
    assert captioner(inputs, samples, mode="predict")[0].pred_mask.shape == (32, 32)


@pytest.mark.parametrize("name", ["bit", "changeformer", "changemamba", "fc-siam-conc"])
def test_a_checkpoint_is_loaded_whole_or_refused(name, tmp_path):
    other = make_detector(name)
    torch.nn.init.constant_(next(other.parameters()), 0.5)
    path = tmp_path / "iter_5.pth"
    torch.save({"state_dict": other.state_dict()}, path)
    detector = make_detector(name, checkpoint=str(path))
    detector.init_weights()
    assert (next(detector.parameters()) == 0.5).all()

    weights = other.state_dict()
    lost = next(iter(weights))
    torch.save({"state_dict": {k: v for k, v in weights.items() if k != lost}}, path)
    with pytest.raises(ValueError, match=f"missing {lost}"):
        detector.init_weights()


def test_losses_are_composed_by_config():
    losses = [{"type": "FocalLoss", "weight": 3.0}, {"type": "LovaszLoss"}]
    detector, plain = make_detector("fc-ef", losses=losses), make_detector("fc-ef")
    inputs = make_pairs().unbind(1)
    assert set(plain.eval()(inputs, make_samples(), mode="loss")) == {"loss_ce", "loss_dice"}
    found = detector.eval()(inputs, make_samples(), mode="loss")
    assert set(found) == {"loss_focal", "loss_lovasz"}
    detector.losses[0].weight = 1.0
    single = detector(inputs, make_samples(), mode="loss")
    torch.testing.assert_close(found["loss_focal"], 3 * single["loss_focal"])
    # Losses bring no weights of their own into checkpoints.
    assert detector.state_dict().keys() == plain.state_dict().keys()


def test_two_losses_of_one_kind_are_refused():
    with pytest.raises(ValueError, match=r"two losses of one kind in \['ce', 'ce'\]"):
        make_detector("fc-ef", losses=[{"type": "BCELoss"}, {"type": "BCELoss"}])


def test_a_detector_must_say_how_it_detects():
    with pytest.raises(TypeError, match="detect"):
        ChangeDetector("test")


def test_another_mode_is_refused():
    with pytest.raises(ValueError, match="mode must be"):
        make_detector("fc-ef")(torch.zeros(2, 1, 3, 32, 32).unbind(), mode="train")


def test_dates_of_other_bands_need_a_detector_without_a_common_backbone():
    statistics = {
        "before": {"mean": [0.0] * 2, "std": [1.0] * 2},
        "after": {"mean": [0.0] * 10, "std": [1.0] * 10},
    }
    with pytest.raises(ValueError, match="2 and 10 bands, but TinyCD has one backbone for both"):
        MODELS.build({"type": "TinyCD", "source_dataset": None, "statistics": statistics})
    detector = MODELS.build({"type": "FCEF", "source_dataset": None, "statistics": statistics})
    before, after = torch.randn(1, 2, 32, 32), torch.randn(1, 10, 32, 32)
    assert detector.extract(before, after).logits.shape == (1, 2, 32, 32)
