"""Bands, statistics and scales: what the encoder settles between its parts."""

import pytest
import torch
from test_models.parts import captioner, raw_pairs, sample
from test_models.transfer_parts import CONFIG, DETECTOR
from torch import nn

from mmrsicc.models.captioners.pair_encoder import PairEncoder
from mmrsicc.models.layers import BandStem
from mmrsicc.registry import MODELS


@MODELS.register_module(force=True)
class TwoSums(nn.Module):
    """A neck as of another package: sums of the dates at each scale."""

    def forward(self, before, after):
        return [a + b for a, b in zip(before, after, strict=True)]


RADAR = {"mean": (-12.0, -20.0), "std": (3.0, 4.0)}
OPTICAL = {"mean": (900.0, 1000.0, 1100.0, 2500.0, 2000.0), "std": (300.0,) * 5}
STEM = {"type": "BandStem"}
SUBTRACTION = {"type": "SubtractionNeck", "out_channels": 32, "grid_size": 2}
CONVNEXT = {
    "type": "mmpretrain.ConvNeXt",
    "arch": {"depths": [1, 1, 1, 1], "channels": [8, 8, 16, 16]},
    "gap_before_final_norm": False,
    "drop_path_rate": 0.0,
}


def make_encoder(**options):
    torch.manual_seed(0)
    return PairEncoder(**{"backbone": {"type": "TwoScales"}, "neck": SUBTRACTION, **options})


def radar_and_optical(size=32):
    generator = torch.Generator().manual_seed(0)
    before = torch.randn(2, 2, size, size, generator=generator) * 4 - 15
    return before, torch.randn(2, 5, size, size, generator=generator) * 300 + 1200


@torch.no_grad()
def test_dates_of_different_bands_have_their_own_statistics_and_stems():
    encoder = make_encoder(statistics={"before": RADAR, "after": OPTICAL}, stems=(STEM, STEM))
    assert [stem.mix.in_channels for stem in encoder.stems] == [2, 5]
    dates, maps = radar_and_optical(), []
    for date, statistics, stem in zip(dates, (RADAR, OPTICAL), encoder.stems, strict=True):
        mean, std = (torch.tensor(statistics[k]).view(-1, 1, 1) for k in ("mean", "std"))
        weight, bias = stem.mix.weight[:, :, 0, 0], stem.mix.bias
        mixed = torch.einsum("oc,bchw->bohw", weight, (date - mean) / std)
        maps.append(encoder.backbone(mixed + bias.view(-1, 1, 1)))
    expected, found = encoder.neck(*maps), encoder(*dates)
    torch.testing.assert_close(found.tokens, expected.tokens, atol=1e-5, rtol=1e-5)
    for ours, theirs in zip(found.dates, maps, strict=True):
        torch.testing.assert_close(ours, theirs[-1], atol=1e-5, rtol=1e-5)


def test_a_captioner_of_two_sensors_learns_and_pads_with_each_date_s_mean():
    model = captioner(
        **CONFIG, statistics={"before": RADAR, "after": OPTICAL}, stems=(STEM, STEM)
    ).train()
    samples = [sample("a house"), sample("a road")]
    model(radar_and_optical(), samples, mode="loss")["loss_caption"].backward()
    assert [n for n, p in model.named_parameters() if p.grad is None] == []
    assert all(stem.mix.weight.grad.any() for stem in model.encoder.stems)
    before, after = radar_and_optical()
    smaller = ([before[0], before[1, :, :20]], [after[0], after[1, :, :20]])
    batch = model.data_preprocessor({"inputs": smaller})["inputs"]
    for date, statistics in zip(batch, (RADAR, OPTICAL), strict=True):
        assert date[1, :, 20:].mean((1, 2)).tolist() == pytest.approx(statistics["mean"])


def test_bands_that_do_not_fit_are_named_with_the_fix():
    statistics = {"before": RADAR, "after": OPTICAL}
    with pytest.raises(ValueError, match=r"the dates have 2 and 5 bands.*stems=.*BandStem"):
        make_encoder(statistics=statistics)
    encoder = make_encoder(statistics=statistics, stems=(STEM, STEM))
    before, after = radar_and_optical()
    with pytest.raises(ValueError, match=r"images of after have 4 bands, .* of 5: give a mean"):
        encoder(before, after[:, :4])
    with pytest.raises(ValueError, match=r"images of before have 5 bands, .* of 2"):
        encoder(after, after)


@pytest.mark.parametrize("stems", [[STEM], (None, STEM, STEM)])
def test_stems_that_are_not_two_are_refused_with_the_fix(stems):
    with pytest.raises(ValueError, match=rf"stems has {len(stems)} entries: give one per date"):
        make_encoder(stems=stems)


def test_one_date_may_go_without_a_stem():
    after = {"mean": OPTICAL["mean"], "std": OPTICAL["std"]}
    encoder = make_encoder(statistics={"after": after}, stems=(None, STEM))
    assert isinstance(encoder.stems[1], BandStem)
    assert not list(encoder.stems[0].parameters())
    assert encoder(raw_pairs(size=32)[0], radar_and_optical()[1]).tokens.shape == (2, 4, 32)


def test_a_neck_of_the_last_scale_makes_the_backbone_compute_no_other():
    """ConvNeXt has a norm for each scale that it puts out: unused ones would never learn."""
    every = {**CONVNEXT, "out_indices": (0, 1, 2, 3)}
    head = {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4}
    model = captioner(**{**CONFIG, "backbone": every, "neck": SUBTRACTION, "head": head}).train()
    backbone = model.encoder.backbone
    assert [n for n in dict(backbone.named_children()) if n.startswith("norm")] == ["norm3"]
    assert len(backbone(torch.zeros(1, 3, 64, 64))) == 1
    model(raw_pairs(), [sample("a house"), sample("a road")], mode="loss")[
        "loss_caption"
    ].backward()
    assert [n for n, p in model.named_parameters() if p.grad is None] == []
    whole = captioner(**{**CONFIG, "backbone": every}).encoder
    assert len(whole.backbone(torch.zeros(1, 3, 64, 64))) == 4
    assert whole.scale_channels == (32,) * 4


@pytest.mark.parametrize(
    ("backbone", "left"),
    [
        # Its default is all four.
        (
            {
                "type": "mmseg.MixVisionTransformer",
                "embed_dims": 8,
                "num_layers": [1] * 4,
                "num_heads": [1] * 4,
            },
            (3,),
        ),
        ({**CONVNEXT, "out_indices": [1, 3]}, (3,)),
        ({**CONVNEXT, "out_indices": (2,)}, (2,)),
        ({**CONVNEXT, "out_indices": -1}, [3]),
    ],
)
def test_the_last_scale_is_that_of_the_config_or_of_the_default(backbone, left):
    assert make_encoder(backbone=backbone).backbone.out_indices == type(left)(left)


@pytest.mark.parametrize(
    "neck",
    [
        SUBTRACTION,
        {"type": "PooledFusion"},
        {"type": "DualAttention", "attention_channels": 32},
        {"type": "FusionNeck", "fusion": {"type": "TwoSums"}, "grid_size": 2},
    ],
    ids=lambda neck: neck["type"],
)
def test_a_neck_that_reads_no_change_detector_refuses_one_with_the_fix(neck):
    message = f"{neck['type']} reads no change detector: set transfer_to='mask' or 'losses'"
    with pytest.raises(ValueError, match=message):
        make_encoder(neck=neck, change_detector=DETECTOR)
    encoder = make_encoder(neck=neck, change_detector=DETECTOR, transfer_to="mask").eval()
    assert encoder(*raw_pairs(size=32)).logits.shape == (2, 2, 32, 32)


def test_channels_are_told_of_every_part():
    encoder = make_encoder(neck=CONFIG["neck"], change_detector=DETECTOR)
    assert encoder.out_channels == 32 and encoder.encoder_channels == 16
    assert encoder.scale_channels == (32, 32)
    assert encoder.change_channels == (4, 8)
    assert encoder.detected_channels == (8, 8)
    alone = make_encoder(neck=CONFIG["neck"])
    assert alone.change_channels is None and alone.detected_channels is None
