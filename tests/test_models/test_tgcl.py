import math

import pytest
import torch
import torch.nn.functional as F

from mmrsicc.models.losses import TGCL, SoftPairGate, gated_contrastive_loss
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures

CAPTIONS = ["a house is built", "a road is built", "no change has occurred", "a villa is gone"]


def make_loss(tmp_path, gate=None, **kwargs):
    torch.manual_seed(0)
    loss = TGCL(
        in_channels=16,
        text_encoder={"type": "HashedNgramEncoder"},
        gate=gate,
        projection_dims=8,
        cache_dir=tmp_path,
        **kwargs,
    )
    loss.prepare_texts(CAPTIONS)
    return loss.eval()


def make_samples(captions):
    found = []
    for caption in captions:
        sample = ChangeDataSample()
        sample.caption, sample.gt_captions = caption, [caption]
        found.append(sample)
    return found


def pooled(rows, seed=0):
    values = torch.randn(rows, 16, generator=torch.Generator().manual_seed(seed))
    return DifferenceFeatures(tokens=values.unsqueeze(1), pooled=values.requires_grad_())


def test_closed_gate_is_clips_cross_entropy(tmp_path):
    loss, difference = make_loss(tmp_path, loss_weight=1.0), pooled(4)
    got = loss(difference, make_samples(CAPTIONS))["loss_tgcl"]
    visual = loss.visual_projection(difference.pooled)
    text = loss.text_projection(loss._embed(CAPTIONS))
    logits = visual @ text.T / 0.07
    own = torch.arange(4)
    expected = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    torch.testing.assert_close(got, expected)


def test_gated_loss_by_hand():
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.0, 1.0, 3.0], [1.0, 1.0, 1.0]])
    gate = torch.tensor([[1.0, 0.75, 0.0], [0.75, 1.0, 1.0], [0.0, 1.0, 1.0]])
    rows = [
        -1.0 + math.log(math.exp(1.0) + 0.25 * math.exp(2.0) + math.exp(0.5)),
        -1.0 + math.log(math.exp(1.0) + 0.25 * math.exp(0.0)),
        -1.0 + math.log(math.exp(1.0) + math.exp(1.0)),
    ]
    expected = sum(rows) / 3
    assert float(gated_contrastive_loss(logits, gate)) == pytest.approx(expected, abs=1e-4)


def test_an_open_gate_removes_a_negative_at_any_temperature():
    cosines = torch.tensor([[0.5, 0.9, 0.0], [0.9, 0.5, 0.0], [0.0, 0.0, 1.0]])
    logits = (cosines / 0.01).requires_grad_()
    gate = torch.eye(3)
    gate[0, 1] = gate[1, 0] = 1
    loss = gated_contrastive_loss(logits, gate)
    loss.backward()
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    assert logits.grad[0, 1] == logits.grad[1, 0] == 0 and logits.grad.isfinite().all()


def test_a_batch_of_one_meaning_gives_zero_and_finite_gradients(tmp_path):
    loss, difference = make_loss(tmp_path, gate={"type": "SoftPairGate"}), pooled(4)
    out = loss(difference, make_samples([CAPTIONS[2]] * 4))
    out["loss_tgcl"].backward()
    assert out["loss_tgcl"].item() == 0
    assert difference.pooled.grad.abs().sum() == 0
    closed = torch.zeros(3, 3, requires_grad=True)
    value = gated_contrastive_loss(closed, torch.ones(3, 3))
    value.backward()
    assert value == 0 and closed.grad.abs().sum() == 0
    single = make_loss(tmp_path)(pooled(1), make_samples(CAPTIONS[:1]))
    assert single["loss_tgcl"].item() == 0


def test_no_gradient_reaches_the_text(tmp_path):
    loss = make_loss(tmp_path, gate={"type": "SoftPairGate"})
    loss.embeddings.requires_grad_()
    loss(pooled(4), make_samples(CAPTIONS))["loss_tgcl"].backward()
    # The target's own path is the projection; prototypes and gates carry nothing.
    gates = loss._gates(loss._embed(CAPTIONS))
    assert not gates.requires_grad
    assert all(p.grad is not None for p in loss.parameters())


def test_order_of_the_batch_does_not_matter(tmp_path):
    loss = make_loss(tmp_path, gate={"type": "SoftPairGate"})
    difference, order = pooled(4), torch.tensor([2, 0, 3, 1])
    shuffled = DifferenceFeatures(difference.tokens[order], difference.pooled[order])
    one = loss(difference, make_samples(CAPTIONS))
    other = loss(shuffled, make_samples([CAPTIONS[i] for i in order]))
    for key in one:
        torch.testing.assert_close(one[key], other[key])


def test_prototypes_open_the_gate_whatever_sentence_was_drawn(tmp_path):
    loss = make_loss(tmp_path, gate={"type": "SoftPairGate"})
    same = make_samples([CAPTIONS[0], CAPTIONS[1], CAPTIONS[3]])
    for sample in same[:2]:
        sample.gt_captions = [CAPTIONS[0], CAPTIONS[1]]
    out = loss(pooled(3), same)
    # Pairs 0 and 1 share their references: of six ordered pairs, four are true negatives.
    assert float(out["tgcl_negatives"]) == pytest.approx(4 / 3, abs=0.15)


def test_soft_gate_by_hand():
    gate = SoftPairGate(theta=0.8, kappa=0.1)
    got = gate(torch.tensor([0.8, 0.9, -1.0, 1.0]))
    widest = 1 / (1 + math.exp(-2))
    torch.testing.assert_close(
        got, torch.tensor([0.5, 1 / (1 + math.exp(-1)), 0.0, widest]) / widest, atol=1e-6, rtol=0
    )


def test_temperature_stays_in_its_bounds_and_learns_there(tmp_path):
    loss = make_loss(tmp_path)
    loss.temperature.data.fill_(3.0)
    out = loss(pooled(4), make_samples(CAPTIONS))
    out["loss_tgcl"].backward()
    assert float(out["tgcl_temperature"]) == 0.5 and loss.temperature.grad != 0


def test_diagnostics_are_not_summed_as_losses(tmp_path):
    out = make_loss(tmp_path)(pooled(4), make_samples(CAPTIONS))
    assert [key for key in out if "loss" in key] == ["loss_tgcl"]


def test_half_precision_input_gives_the_fp32_loss(tmp_path):
    loss, difference = make_loss(tmp_path), pooled(4)
    expected = loss(difference, make_samples(CAPTIONS))["loss_tgcl"]
    half = DifferenceFeatures(difference.tokens, difference.pooled.bfloat16())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = loss(half, make_samples(CAPTIONS))["loss_tgcl"]
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, expected, atol=2e-3, rtol=2e-2)


def test_unknown_sentences_are_named(tmp_path):
    with pytest.raises(KeyError, match="TextEmbeddingHook"):
        make_loss(tmp_path)(pooled(1), make_samples(["a lake dries up"]))
