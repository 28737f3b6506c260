import copy
from dataclasses import replace

import pytest
import torch
from test_models import parts
from torch import nn

from mmrsicc.models.captioners.change_captioner import _LinkedLoss
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures

WORDS = ["<pad>", "<unk>", "<start>", "<end>", "a", "house", "road", "is", "built", "gone"]
CAPTIONS = ["a house is built", "a road is gone"]
MIT = {
    "type": "mmseg.MixVisionTransformer",
    "embed_dims": 8,
    "num_layers": [1, 1, 1, 1],
    "num_heads": [1, 1, 2, 2],
}
CONFIG = {
    "backbone": MIT,
    "neck": {"type": "JFM", "channels": 32, "out_channels": 32, "grid_size": 2},
    "head": {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4},
    "tokenizer": {"type": "Vocabulary", "words": WORDS},
}
DETECTOR = {
    "type": "SiameseChangeDetector",
    "backbone": {**MIT, "embed_dims": 4},
    "source_dataset": "test",
    "channels": 8,
}


@MODELS.register_module()
class LastScaleDifference(nn.Module):
    """A neck of another make: the last scale's difference, nothing else."""

    def __init__(self, in_channels):
        super().__init__()
        self.out_channels = in_channels[-1]

    def forward(self, before, after):
        tokens = (after[-1] - before[-1]).flatten(2).transpose(1, 2)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(1))


def make_captioner(**changes):
    return parts.captioner(**{**CONFIG, **changes})


def make_batch(size=64):
    torch.manual_seed(1)
    samples = [parts.sample(caption) for caption in CAPTIONS]
    inputs = tuple(torch.randint(0, 255, (2, 2, 3, size, size), dtype=torch.uint8))
    return {"inputs": inputs, "data_samples": samples}


def run(model, mode, batch=None):
    data = model.data_preprocessor(batch or make_batch(), training=mode == "loss")
    return model(**data, mode=mode)


def test_parts_are_told_each_others_channels():
    model = make_captioner(change_detector=DETECTOR)
    assert [d.project[0].in_channels for d in model.encoder.neck.differences] == [8, 8, 16, 16]
    assert [d.project[0].in_channels for d in model.encoder.neck.detected] == [4, 4, 8, 8]
    assert model.speaker.head.classifier.out_features == len(WORDS)


@pytest.mark.parametrize(
    "backbone",
    [
        {"type": "mmpretrain.ResNet", "depth": 18, "out_indices": (0, 1, 2, 3)},
        {"type": "mmpretrain.SwinTransformer", "arch": "tiny", "out_indices": (0, 1, 2, 3)},
    ],
)
def test_backbones_of_other_packages(backbone):
    model = make_captioner(backbone=backbone).eval()
    with torch.no_grad():
        assert run(model, "tensor", make_batch(224)).tokens.shape == (2, 4, 32)


def test_any_neck_that_keeps_the_contract_works():
    model = make_captioner(neck={"type": "LastScaleDifference"})
    assert run(model, "loss")["loss_caption"] > 0
    assert all(isinstance(s.pred_caption, str) for s in run(model.eval(), "predict"))


def test_the_change_detector_is_frozen():
    model = make_captioner(change_detector=DETECTOR).train()
    before = copy.deepcopy(model.encoder.change_detector.state_dict())
    assert not any(m.training for m in model.encoder.change_detector.modules())
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=1.0)
    run(model, "loss")["loss_caption"].backward()
    optimizer.step()
    for key, value in model.encoder.change_detector.state_dict().items():
        assert torch.equal(value, before[key]), key


def test_the_change_detector_sees_raw_images():
    model = make_captioner(change_detector=DETECTOR).eval()
    batch, seen = make_batch(), []
    extract = model.encoder.change_detector.extract
    model.encoder.change_detector.extract = lambda b, a: seen.append((b, a)) or extract(b, a)
    run(model, "tensor", batch)
    assert all(map(torch.equal, seen[0], (date.float() for date in batch["inputs"])))


def test_the_change_detector_s_mask_is_predicted_too():
    model = make_captioner(change_detector=DETECTOR).eval()
    batch, detector = make_batch(), model.encoder.change_detector
    alone = detector.data_preprocessor({"inputs": [images[:1] for images in batch["inputs"]]})
    logits = detector(**alone, mode="tensor")[0]
    # Random weights call everything changed, or nothing; now it is half of the pixels, and
    # none lies on the edge between the two.
    detector.fuse[-1].bias.data[0] += (logits[1] - logits[0]).quantile(0.5)
    (expected,) = detector(**alone, mode="predict")
    # The second pair is smaller, so that its mask must lose the padding.
    batch["inputs"] = [[a, b[:, :40, :48]] for a, b in batch["inputs"]]
    batch["data_samples"][1].set_metainfo({"img_shape": (40, 48)})
    samples = run(model, "predict", batch)
    assert 0.4 < expected.pred_mask.float().mean() < 0.6
    assert torch.equal(samples[0].pred_mask, expected.pred_mask)
    assert samples[1].pred_mask.shape == (40, 48)
    assert all(s.pred_mask.dtype == torch.uint8 for s in samples)


def test_without_a_change_detector_there_is_no_mask():
    assert all("pred_mask" not in s for s in run(make_captioner().eval(), "predict"))


def test_losses_stand_beside_the_captions(tmp_path):
    tgcl = {
        "type": "TGCL",
        "text_encoder": {"type": "HashedNgramEncoder"},
        "cache_dir": str(tmp_path),
    }
    model = make_captioner(losses={"tgcl": tgcl})
    model.losses["tgcl"].prepare_texts(CAPTIONS, {})
    losses = run(model, "loss")
    assert {key for key in losses if "loss" in key} == {"loss_caption", "loss_tgcl"}
    total, _ = model.parse_losses(losses)
    torch.testing.assert_close(total, losses["loss_caption"] + losses["loss_tgcl"])


def test_rewards_compare_with_all_sentences_of_a_pair(monkeypatch):
    """Though one of them is learned."""
    model, batch, seen = make_captioner(), make_batch(), []
    for sample in batch["data_samples"]:
        sample.gt_captions = [*sample.targets, "a road is built"]
    loss = model.speaker.loss

    def observed(features, sentences, conditions, references):
        seen.append((sentences, references))
        return loss(features, sentences, conditions, references)

    monkeypatch.setattr(model.speaker, "loss", observed)
    run(model, "loss", batch)
    targets = [[caption] for caption in CAPTIONS]
    assert seen == [(targets, [[*own, "a road is built"] for own in targets])]


def test_a_schedule_and_a_policy_weigh_the_terms(tmp_path):
    tgcl = {
        "type": "TGCL",
        "text_encoder": {"type": "HashedNgramEncoder"},
        "cache_dir": str(tmp_path),
    }
    seen = []
    model = make_captioner(losses={"tgcl": tgcl}).eval()
    model.losses["tgcl"].prepare_texts(CAPTIONS, {})
    plain = run(model, "loss")
    model.loss_factors = {"caption": 0.0, "tgcl": 0.5}
    model.loss_observer = seen.append
    scheduled = run(model, "loss")
    assert scheduled["loss_caption"] == 0
    torch.testing.assert_close(scheduled["loss_tgcl"], 0.5 * plain["loss_tgcl"])
    assert seen[0]["loss_tgcl"] is scheduled["loss_tgcl"]
    assert scheduled["tgcl_unweighted"] == plain["tgcl_unweighted"]


@pytest.mark.parametrize("options", [None, {}])
def test_every_parameter_has_a_gradient_whatever_the_losses_look_at(tmp_path, options):
    tgcl = {
        "type": "TGCL",
        "text_encoder": {"type": "HashedNgramEncoder"},
        "cache_dir": str(tmp_path),
    }
    losses = None if options is None else {"tgcl": {**tgcl, **options}}
    model = make_captioner(losses=losses).train()
    if losses is not None:
        model.losses["tgcl"].prepare_texts(CAPTIONS, {})
    model.parse_losses(run(model, "loss"))[0].backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


class Unread(nn.Module):
    """A neck whose pooled vector no caption loss reads; what it holds is up to the test."""

    def __init__(self, neck, factor):
        super().__init__()
        self.neck, self.factor = neck, nn.Parameter(torch.tensor(factor))
        self.out_channels = neck.out_channels

    def forward(self, before, after):
        features = self.neck(before, after)
        return replace(features, pooled=features.pooled * self.factor * 1e30)


def test_a_pooled_vector_that_nothing_reads_may_be_infinite():
    losses, gradients = [], []
    for factor in (1.0, 1e30):  # Of the latter, the product is beyond float32.
        model = make_captioner().eval()
        model.encoder.neck = Unread(model.encoder.neck, factor)
        assert run(model, "tensor").pooled.isfinite().any() == (factor == 1.0)
        losses.append(run(model, "loss")["loss_caption"])
        losses[-1].backward()
        assert model.encoder.neck.factor.grad == 0
        gradients.append({n: p.grad for n, p in model.named_parameters()})
    assert losses[0].isfinite() and torch.equal(*losses)
    for name, gradient in gradients[0].items():
        assert gradient.isfinite().all(), name
        assert torch.equal(gradient, gradients[1][name]), name


def test_the_link_to_the_pooled_vector_changes_no_gradient():
    pooled = torch.tensor([1.0, torch.inf, torch.nan], requires_grad=True)
    weight = torch.tensor([2.0, 3.0], requires_grad=True)
    loss = _LinkedLoss.apply(weight.square().sum(), pooled)
    assert loss == 13
    (5 * loss).backward()
    assert weight.grad.tolist() == [20, 30]
    assert pooled.grad.tolist() == [0, 0, 0]


def test_it_memorises_two_pairs():
    model = make_captioner()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    batch = make_batch()
    model.train()
    for _ in range(40):
        optimizer.zero_grad()
        run(model, "loss", batch)["loss_caption"].backward()
        optimizer.step()
    samples = run(model.eval(), "predict", batch)
    assert [s.pred_caption for s in samples] == CAPTIONS
    assert all(s.pred_score > -0.5 for s in samples)


def test_weights_survive_a_round_trip():
    model, other = make_captioner().eval(), make_captioner().eval()
    for parameter in other.parameters():
        nn.init.normal_(parameter)
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(run(other, "tensor").tokens, run(model, "tensor").tokens)


def test_unknown_modes_are_refused():
    with pytest.raises(ValueError, match="'dream'"):
        run(make_captioner(), "dream")


@MODELS.register_module()
class PooledSize(nn.Module):
    """A further loss that the heads and each other know nothing of."""

    def forward(self, features, samples):
        return {"loss_size": features.pooled.square().mean()}


def test_no_term_of_the_loss_takes_the_place_of_another():
    size = {"type": "PooledSize"}
    with pytest.raises(ValueError, match=r"\['mask'\] are terms of the captioner's heads"):
        make_captioner(losses={"mask": size})
    model = make_captioner(losses={"one": size, "two": size})
    with pytest.raises(ValueError, match="two of them give 'loss_size'"):
        run(model, "loss")
