"""An encoder starts from a change detector's, every key accounted for."""

import re

import pytest
import torch
from test_models.transfer_parts import DETECTOR, make_captioner

from mmrsicc.registry import MODELS


@pytest.fixture
def weights(tmp_path):
    """A detector's checkpoint, and how it is named in a captioner's config."""
    torch.manual_seed(5)
    detector = MODELS.build({**DETECTOR, "backbone": {"type": "TwoScales"}})
    path = tmp_path / "best_mask_F1_3.pth"
    meta = {"dataset_meta": {"source_dataset": "test"}}
    torch.save({"state_dict": detector.state_dict(), "meta": meta}, path)
    pattern = str(tmp_path / "best_*.pth")
    return path, {"checkpoint": pattern, "source_dataset": "test", "made_by": "make it so"}


def change(path, edit):
    content = torch.load(path, weights_only=True)
    edit(content["state_dict"])
    torch.save(content, path)


def start(encoder_weights):
    model = make_captioner(encoder_weights=encoder_weights)
    model.init_weights()
    return model


def test_it_starts_from_the_detector_s_weights_and_the_rest_as_ever(weights):
    path, config = weights
    model, plain = start(config), make_captioner()
    plain.init_weights()
    detector = torch.load(path, weights_only=True)["state_dict"]
    for key, value in model.state_dict().items():
        own = key.removeprefix("encoder.")
        expected = detector[own] if own.startswith("backbone.") else plain.state_dict()[key]
        assert torch.equal(value, expected), key
    assert not torch.equal(model.encoder.backbone.stem.weight, plain.encoder.backbone.stem.weight)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: s.pop("backbone.stem.bias"), "missing stem.bias"),
        (lambda s: s.update({"backbone.layer4.w": torch.ones(1)}), "left over layer4.w"),
        (lambda s: s.update({"backbone.stem.bias": torch.ones(3)}), r"stem.bias is \(3,\)"),
        (lambda s: s.update({f"x.{k}": s.pop(k) for k in list(s)}), r"no keys backbone\.\*.*'x'"),
    ],
)
def test_what_does_not_fit_is_named_with_the_fix(weights, edit, message):
    path, config = weights
    change(path, edit)
    with pytest.raises(ValueError, match=message) as error:
        start(config)
    assert str(path) in str(error.value)
    assert re.search("unused|prefix", str(error.value))


def test_what_the_encoder_shall_leave_is_named(weights):
    path, config = weights
    change(path, lambda s: s.update({"backbone.layer4.0.w": torch.ones(1)}))
    model = start({**config, "unused": [r"layer4\..*"]})
    stem = torch.load(path, weights_only=True)["state_dict"]["backbone.stem.weight"]
    assert torch.equal(model.encoder.backbone.stem.weight, stem)


def test_another_source_and_a_missing_file_are_named(weights, tmp_path):
    _, config = weights
    with pytest.raises(ValueError, match=r"trained on 'test'.*source_dataset='LEVIR-CD'"):
        start({**config, "source_dataset": "LEVIR-CD"})
    with pytest.raises(FileNotFoundError, match="make it so"):
        start({**config, "checkpoint": str(tmp_path / "none.pth")})
