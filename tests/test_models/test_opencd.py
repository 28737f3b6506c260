"""Open-CD's models, necks and backbones in ours.

Where Open-CD is installed it is tested against itself; else stand-ins of the same interface take
its place. The other parts are mmseg's, as in Open-CD's configs.
"""

import copy
import importlib.util
import sys

import pytest
import torch
from mmengine import Config
from mmengine.registry import DefaultScope
from test_models import parts
from torch import nn

from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.registry import MODELS
from mmrsicc.utils.deep_stem import match_deep_stem
from mmrsicc.utils.opencd import import_opencd

STAND_IN = importlib.util.find_spec("opencd") is None
if STAND_IN:
    importlib.import_module("opencd_stand_in")

MIT = {
    "embed_dims": 8,
    "num_layers": [1, 1, 1, 1],
    "num_heads": [1, 1, 1, 1],
    "drop_path_rate": 0.1,
}
INTERACTING = {
    "type": "IA_MixVisionTransformer",
    "interaction_cfg": (None, None, {"type": "ChannelExchange", "p": 1 / 2}, None),
    **MIT,
}
HEAD = {
    "type": "mmseg.SegformerHead",
    "in_channels": [16, 16, 16, 16],
    "in_index": [0, 1, 2, 3],
    "channels": 8,
    "num_classes": 2,
    "norm_cfg": {"type": "BN"},
    "align_corners": False,
    "loss_decode": {"type": "mmseg.CrossEntropyLoss"},
}
SIAMESE = {
    "type": "SiamEncoderDecoder",
    "backbone": {"type": "mmseg.MixVisionTransformer", **MIT},
    "neck": {"type": "FeatureFusionNeck", "policy": "concat"},
    "decode_head": HEAD,
}
DUAL = {"type": "DIEncoderDecoder", "backbone": INTERACTING, "decode_head": HEAD}
FUSED = {
    "type": "DIEncoderDecoder",
    "backbone": {"type": "TinyNet", "arch": "B"},
    "decode_head": {**HEAD, "in_channels": [8, 16], "in_index": [0, 1]},
}
MODELS_OF = {"siamese": SIAMESE, "dual": DUAL}
RESNET = {"type": "mmpretrain.ResNet", "depth": 18, "stem_channels": 8, "base_channels": 8}


def write_config(folder, model, bgr_to_rgb=True):
    """A config file as Open-CD has them, whose two dates are normalised differently."""
    model = {
        **model,
        "data_preprocessor": {
            "type": "DualInputSegDataPreProcessor",
            "mean": [120.0, 110.0, 100.0, 130.0, 120.0, 110.0],
            "std": [60.0, 50.0, 40.0, 70.0, 60.0, 50.0],
            "bgr_to_rgb": bgr_to_rgb,
            "size_divisor": 32,
            "pad_val": 0,
            "seg_pad_val": 255,
            "test_cfg": {"size_divisor": 32},
        },
        "test_cfg": {"mode": "whole"},
    }
    path = folder / "opencd_config.py"
    Config({"default_scope": "opencd", "model": model}).dump(path)
    return str(path)


def make_detector(config, **options):
    torch.manual_seed(0)
    kind = {"type": "OpenCDChangeDetector", "config": config, "source_dataset": "LEVIR-CD"}
    detector = MODELS.build({**kind, **options})
    # Random statistics, so that every layer counts.
    for module in detector.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(module.running_mean, -1, 1)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return detector.eval()


def make_pairs(height=40, width=52):
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (2, 2, 3, height, width), generator=generator, dtype=torch.uint8)


def opencds_own_logits(network, pair):
    """Of one RGB pair (2, 3, H, W) uint8, as Open-CD predicts from its files, read as BGR."""
    from mmseg.structures import SegDataSample

    data = {"inputs": [pair.flip(1).flatten(0, 1)], "data_samples": [SegDataSample()]}
    inputs = network.data_preprocessor(data, False)["inputs"]
    shape = tuple(inputs.shape[-2:])
    logits = network.encode_decode(inputs, [{"img_shape": shape, "pad_shape": shape}])
    return logits[0, :, : pair.shape[-2], : pair.shape[-1]]


@torch.no_grad()
@pytest.mark.parametrize("bgr_to_rgb", [True, False])
@pytest.mark.parametrize("name", sorted(MODELS_OF))
def test_logits_are_those_of_opencds_own_code(name, bgr_to_rgb, tmp_path):
    detector = make_detector(write_config(tmp_path, MODELS_OF[name], bgr_to_rgb))
    pairs = make_pairs()
    logits = detector.extract(pairs[:, 0], pairs[:, 1]).logits
    theirs = torch.stack([opencds_own_logits(detector.network, pair) for pair in pairs])
    assert theirs.std() > 1e-3
    torch.testing.assert_close(logits, theirs, atol=1e-5, rtol=0)
    swapped = torch.stack([opencds_own_logits(detector.network, pair.flip(1)) for pair in pairs])
    assert not torch.allclose(logits, swapped, atol=1e-3)


@torch.no_grad()
def test_maps_of_a_siamese_one_are_its_backbones(tmp_path):
    detector = make_detector(write_config(tmp_path, SIAMESE))
    pairs = make_pairs(64, 64)
    features = detector.extract(pairs[:, 0], pairs[:, 1])
    for k, maps in enumerate((features.before, features.after)):
        mean, std = (
            (m.view(2, 3, 1, 1)[k]) for m in ([*detector.network.data_preprocessor.buffers()])
        )
        theirs = detector.network.backbone((pairs[:, k] - mean) / std)
        for ours, own in zip(maps, theirs, strict=True):
            torch.testing.assert_close(ours, own, atol=1e-5, rtol=1e-5)
    joined = torch.cat([features.before[0], features.after[0]], dim=1)
    assert torch.equal(features.difference[0], joined)


@torch.no_grad()
def test_maps_of_interacting_dates_are_taken_apart(tmp_path):
    detector = make_detector(write_config(tmp_path, DUAL))
    pairs = make_pairs(64, 64)
    changed = pairs.clone()
    changed[:, 1] = 255 - changed[:, 1]
    one, other = (detector.extract(p[:, 0], p[:, 1]) for p in (pairs, changed))
    assert [m.shape[1] for m in one.before] == [8, 8, 8, 8]
    # The dates first meet after the third stage, where every second channel changes places.
    assert torch.equal(one.before[1], other.before[1])
    assert not torch.equal(one.after[1], other.after[1])
    assert torch.equal(one.before[2][:, 1::2], other.before[2][:, 1::2])
    assert not torch.equal(one.before[2][:, ::2], other.before[2][:, ::2])


@pytest.mark.skipif(not STAND_IN, reason="Open-CD's own TinyNet has other options")
def test_maps_of_both_dates_together_stand_for_either(tmp_path):
    detector = make_detector(write_config(tmp_path, FUSED))
    features = detector.extract(*make_pairs().unbind(1))
    assert [m.shape[1] for m in features.before] == [8, 16]
    assert all(map(torch.equal, features.before, features.after))
    assert features.logits.shape == (2, 2, 40, 52)


@torch.no_grad()
def test_a_head_of_one_channel_decides_by_its_threshold(tmp_path):
    head = {**HEAD, "out_channels": 1, "threshold": 0.6}
    detector = make_detector(write_config(tmp_path, {**SIAMESE, "decode_head": head}))
    pairs = make_pairs()
    score = torch.stack([opencds_own_logits(detector.network, pair) for pair in pairs])[:, 0]
    detector.network.decode_head.conv_seg.bias += 0.4 - score.median()
    probability = torch.stack([opencds_own_logits(detector.network, p) for p in pairs]).sigmoid()
    changed = probability[:, 0] > 0.6
    assert 0.2 < changed.float().mean() < 0.8
    assert torch.equal(detector.extract(pairs[:, 0], pairs[:, 1]).logits.argmax(1), changed.long())


def test_weights_come_from_opencds_checkpoint(tmp_path):
    config = write_config(tmp_path, DUAL)
    trained = make_detector(config).network.state_dict()
    torch.save({"meta": {"iter": 3}, "state_dict": trained}, tmp_path / "iter_3.pth")
    detector = make_detector(config, checkpoint=str(tmp_path / "iter_*.pth"))
    nn.init.zeros_(detector.network.decode_head.conv_seg.weight)
    detector.init_weights()
    loaded = detector.network.state_dict()
    assert all(torch.equal(loaded[key], trained[key]) for key in trained)


@pytest.mark.parametrize("fault", ["missing", "left over"])
def test_a_checkpoint_of_another_model_is_refused(fault, tmp_path):
    config = write_config(tmp_path, SIAMESE)
    weights = make_detector(config).network.state_dict()
    if fault == "missing":
        del weights["decode_head.conv_seg.bias"]
    else:
        weights["decode_head.other"] = torch.zeros(1)
    torch.save({"state_dict": weights}, tmp_path / "other.pth")
    detector = make_detector(config, checkpoint=str(tmp_path / "other.pth"))
    with pytest.raises(ValueError, match=f"{fault} decode_head"):
        detector.init_weights()


@pytest.mark.parametrize(
    "model, message",
    [
        ({"type": "IA_MixVisionTransformer", **MIT}, "IA_MixVisionTransformer with"),
        ({**SIAMESE, "decode_head": {**HEAD, "num_classes": 3}}, "3 channels cannot serve"),
        (SIAMESE, "has no data_preprocessor"),
    ],
)
def test_a_model_of_another_kind_is_refused(model, message):
    with pytest.raises(ValueError, match=message):
        make_detector(copy.deepcopy(model))


def make_captioner(**changes):
    return parts.captioner(
        **{
            "backbone": {**RESNET, "out_indices": (0, 1, 2, 3)},
            "neck": {"type": "JFM", "channels": 32, "out_channels": 32, "grid_size": 2},
            "head": {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4},
            "tokenizer": {
                "type": "Vocabulary",
                "words": ["<pad>", "<unk>", "<start>", "<end>", "a", "house"],
            },
            **changes,
        }
    ).train()


def caption_loss(captioner):
    samples = [parts.sample("a house") for _ in range(2)]
    inputs = tuple(make_pairs(64, 64).unbind(1))
    return captioner(inputs, samples, mode="loss")["loss_caption"], samples, inputs


def test_a_captioner_with_jfm_takes_it_frozen(tmp_path):
    config = write_config(tmp_path, DUAL)
    weights = make_detector(config).network.state_dict()
    torch.save({"state_dict": weights}, tmp_path / "detector.pth")
    captioner = make_captioner(
        change_detector={
            "type": "OpenCDChangeDetector",
            "config": config,
            "source_dataset": "LEVIR-CD",
            "checkpoint": str(tmp_path / "detector.pth"),
        }
    )
    captioner.init_weights()
    captioner.train()
    loss, samples, inputs = caption_loss(captioner)
    loss.backward()
    gates = [p.grad for n, p in captioner.encoder.neck.named_parameters() if "transfers" in n]
    assert any(g is not None and g.any() for g in gates)
    assert all(p.grad is None for p in captioner.encoder.change_detector.parameters())
    kept = captioner.encoder.change_detector.network.state_dict()
    assert all(torch.equal(kept[key], weights[key]) for key in weights)
    captioner.eval()
    mask = captioner(inputs, samples, mode="predict")[0].pred_mask
    expected = captioner.encoder.change_detector.extract(*inputs).logits.argmax(1)[0]
    assert torch.equal(mask.long(), expected)


@pytest.fixture(params=["no scope", "a run's scope"])
def scope(request):
    """In a run the default scope is ours, and parts within Open-CD's parts have none."""
    if request.param == "no scope":
        yield
    else:
        with DefaultScope.overwrite_default_scope("mmrsicc"):
            yield


@pytest.mark.usefixtures("scope")
def test_an_interacting_backbone_is_called_with_both_dates():
    backbone = MODELS.build(
        copy.deepcopy({**INTERACTING, "type": "opencd.IA_MixVisionTransformer"})
    )
    backbone.train()
    assert output_channels(backbone) == (8, 8, 8, 8) and backbone.training
    backbone.eval()
    before, after = torch.rand(2, 2, 3, 64, 64)
    firsts, seconds = encode_dates(backbone, before, after)
    for joint, first, second in zip(backbone(before, after), firsts, seconds, strict=True):
        torch.testing.assert_close(torch.cat([first, second], dim=1), joint)


@pytest.mark.usefixtures("scope")
@pytest.mark.parametrize("policy, channels", [("concat", 64), ("abs_diff", 32)])
def test_a_captioner_of_opencds_backbone_and_neck_learns(policy, channels):
    fusion = {"type": "opencd.FeatureFusionNeck", "policy": policy}
    captioner = make_captioner(
        backbone={**copy.deepcopy(INTERACTING), "type": "opencd.IA_MixVisionTransformer"},
        neck={"type": "FusionNeck", "fusion": fusion, "out_channels": 32, "grid_size": 2},
    )
    assert captioner.encoder.neck.tokens.project.in_channels == channels
    caption_loss(captioner)[0].backward()
    silent = [n for n, p in captioner.named_parameters() if p.grad is None]
    assert not [n for n in silent if n.startswith(("encoder.backbone", "encoder.neck"))]
    captioner.eval()
    difference = captioner(parts.raw_pairs())
    assert difference.tokens.shape == (2, 4, 32)
    torch.testing.assert_close(difference.pooled, difference.tokens.mean(1))


@torch.no_grad()
def test_an_encoder_with_mmsegs_stem_fits_mmpretrains():
    options = {"depth": 18, "stem_channels": 8, "base_channels": 8, "out_indices": (0, 1, 2, 3)}
    theirs = MODELS.build({"type": "mmseg.ResNetV1c", **options})
    ours = MODELS.build({"type": "mmpretrain.ResNetV1c", **options})
    theirs.eval()  # Returns nothing.
    ours.eval()
    for value in theirs.state_dict().values():
        if value.is_floating_point():
            value.uniform_(0.1, 0.5)
    own = ours.state_dict()
    matched = match_deep_stem(theirs.state_dict(), own)
    # Nine parameters have another name, and the statistics beside them.
    parameters = dict(ours.named_parameters())
    assert len([k for k in matched if k not in theirs.state_dict() and k in parameters]) == 9
    ours.load_state_dict(matched)
    image = torch.rand(1, 3, 64, 64)
    for a, b in zip(ours(image), theirs(image), strict=True):
        torch.testing.assert_close(a, b)
    assert match_deep_stem(own, own).keys() == own.keys()


@pytest.fixture
def broken_opencd(monkeypatch, tmp_path):
    """Makes ``import opencd`` run a line of Python, or fail as where it is absent."""
    if not STAND_IN:
        pytest.skip("Open-CD is installed")

    def put(line):
        for name in [n for n in sys.modules if n.partition(".")[0] == "opencd"]:
            monkeypatch.delitem(sys.modules, name)
        if line is not None:
            (tmp_path / "opencd").mkdir()
            (tmp_path / "opencd" / "__init__.py").write_text(line)
            monkeypatch.syspath_prepend(tmp_path)

    return put


@pytest.mark.parametrize(
    "line, message",
    [
        (None, "not installed:\n    pip install git"),
        ("assert False, 'MMCV==2.3.6 is used but incompatible.'", "MMCV==2.3.6 is used"),
        ("import mmcv_ops_that_are_not_there", "No module named 'mmcv_ops_that_are_not_there'"),
    ],
)
def test_what_keeps_opencd_from_being_imported_is_said(line, message, broken_opencd):
    broken_opencd(line)
    with pytest.raises(ImportError, match=message) as error:
        import_opencd()
    assert "docs/en/user_guides/opencd.md" in str(error.value)
    with pytest.raises(ImportError, match=message):
        make_detector("none.py")
    with pytest.raises(ImportError, match=message):
        MODELS.build(
            {"type": "FusionNeck", "in_channels": [8], "fusion": {"type": "opencd.FarSegFPN"}}
        )
