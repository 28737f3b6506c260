import inspect

import pytest
import torch
import torch.nn.functional as F
from mmengine.model import ExponentialMovingAverage
from test_models.tgcl_parts import (
    CAPTIONS,
    SOFT,
    TOKEN,
    make_difference,
    make_loss,
    make_samples,
    relations_of,
    take,
)

from mmrsicc.models.losses import TGCL
from mmrsicc.structures import DifferenceFeatures

#: What the options make of the loss.
MODES = {
    "none": {},
    "soft": {"gate": SOFT},
    "multi_pos": {"references": 2},
    "token": {"gate": SOFT, "similarity": TOKEN},
    "counterfactuals": {"gate": SOFT, "counterfactuals": 20},
    "changed_alone": {"gate": SOFT, "unchanged": "outside"},
}
#: Modes in which a batch of one meaning is no lesson.
GATED = sorted(set(MODES) - {"none", "multi_pos"})


def visual_gradient(difference):
    return difference.tokens.grad.abs().sum()


def test_closed_gate_is_clips_cross_entropy(tmp_path):
    loss, difference = make_loss(tmp_path, loss_weight=1.0), make_difference(4)
    got = loss(difference, make_samples(CAPTIONS))["loss_tgcl"]
    logits = loss.scores(difference, loss.sentences(CAPTIONS)) / 0.07
    own = torch.arange(4)
    expected = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_learns_from_a_mixed_batch(tmp_path, mode):
    loss, difference = make_loss(tmp_path, **MODES[mode]), make_difference(4)
    out = loss(difference, make_samples(CAPTIONS))
    out["loss_tgcl"].backward()
    assert out["loss_tgcl"] > 0 and visual_gradient(difference) > 0
    assert all(p.grad is not None and p.grad.isfinite().all() for p in loss.parameters())
    assert [key for key in out if "loss" in key] == ["loss_tgcl"]


@pytest.mark.parametrize("mode", MODES)
def test_order_of_the_batch_does_not_matter(tmp_path, mode):
    loss, difference, order = make_loss(tmp_path, **MODES[mode]), make_difference(4), [2, 0, 3, 1]
    one = loss(difference, make_samples(CAPTIONS))
    other = loss(take(difference, order), make_samples([CAPTIONS[i] for i in order]))
    for key in one:
        torch.testing.assert_close(one[key], other[key])


@pytest.mark.parametrize("mode", GATED)
def test_a_batch_of_one_meaning_gives_zero_and_finite_gradients(tmp_path, mode):
    loss, difference = make_loss(tmp_path, **MODES[mode]), make_difference(4)
    out = loss(difference, make_samples([CAPTIONS[2]] * 4))
    out["loss_tgcl"].backward()
    assert out["loss_tgcl"] == 0 and visual_gradient(difference) == 0
    assert all(p.grad is None or p.grad.abs().sum() == 0 for p in loss.parameters())


def test_a_single_pair_has_nothing_to_be_told_from(tmp_path):
    out = make_loss(tmp_path)(make_difference(1), make_samples(CAPTIONS[:1]))
    assert out["loss_tgcl"] == 0


@pytest.mark.parametrize("mode", MODES)
def test_no_gradient_reaches_the_text(tmp_path, mode):
    loss = make_loss(tmp_path, **MODES[mode])
    # Even if the embeddings could learn, prototypes and gates would carry nothing to them.
    loss.sentences.embeddings.requires_grad_()
    relations = relations_of(loss, make_samples(CAPTIONS))
    assert not any(x.requires_grad for x in (relations.similarity, loss.gate(relations)))
    # And they cannot: no parameter, no part of a checkpoint.
    assert not any("embeddings" in name for name, _ in loss.named_parameters())
    assert not any("embeddings" in name for name in loss.state_dict())


def test_prototypes_open_the_gate_whatever_sentence_was_drawn(tmp_path):
    loss = make_loss(tmp_path, gate=SOFT)
    same = make_samples([CAPTIONS[0], CAPTIONS[1], CAPTIONS[3]])
    for sample in same[:2]:
        sample.gt_captions = [CAPTIONS[0], CAPTIONS[1]]
    out = loss(make_difference(3), same)
    # Pairs 0 and 1 share their references: of six ordered pairs, four are true negatives.
    assert float(out["tgcl_negatives"]) == pytest.approx(4 / 3, abs=0.15)


def test_share_of_the_negatives_that_mean_the_same(tmp_path):
    captions = [CAPTIONS[0], CAPTIONS[0], CAPTIONS[2]]
    plain = make_loss(tmp_path)(make_difference(3), make_samples(captions))
    gated = make_loss(tmp_path, gate=SOFT)(make_difference(3), make_samples(captions))
    # Of six ordered pairs, two mean the same; ungated negatives weigh alike.
    assert float(plain["tgcl_same_meaning_share"]) == pytest.approx(100 * 2 / 6)
    assert gated["tgcl_same_meaning_share"] == 0


def test_pairs_are_identical_where_their_sets_of_captions_are(tmp_path):
    loss, samples = make_loss(tmp_path), make_samples(CAPTIONS[:1] * 4)
    samples[0].gt_captions = [CAPTIONS[0], CAPTIONS[1], CAPTIONS[3]]
    samples[1].gt_captions = [CAPTIONS[3], CAPTIONS[0], CAPTIONS[1]]
    samples[2].gt_captions = [CAPTIONS[0], CAPTIONS[1]]
    relations = relations_of(loss, samples)
    expected = torch.eye(4, dtype=torch.bool)
    expected[0, 1] = expected[1, 0] = True
    assert torch.equal(relations.identical, expected)
    assert torch.equal(relations.similarity == 1, expected)
    means = [loss.sentences(sample.gt_captions).mean(0) for sample in samples]
    cosines = F.cosine_similarity(torch.stack(means)[:, None], torch.stack(means), dim=2)
    torch.testing.assert_close(relations.similarity, cosines)


def test_the_draw_s_sentences_are_repeated_where_there_are_fewer(tmp_path):
    """Five sentences of each pair by default: one is said five times, three go round."""
    loss, difference = make_loss(tmp_path, references=5, loss_weight=1.0), make_difference(2)
    samples = make_samples(CAPTIONS[:2])
    samples[0].targets = [CAPTIONS[0], CAPTIONS[3], CAPTIONS[2]]
    texts = [CAPTIONS[i] for i in (0, 3, 2, 0, 3, 1, 1, 1, 1, 1)]
    logits = loss.scores(difference, loss.sentences(texts)) / 0.07
    targets = torch.tensor([[0.2] * 5 + [0.0] * 5, [0.0] * 5 + [0.2] * 5])
    back = F.cross_entropy(logits.T, torch.tensor([0] * 5 + [1] * 5))
    expected = (F.cross_entropy(logits, targets) + back) / 2
    torch.testing.assert_close(loss(difference, samples)["loss_tgcl"], expected)
    assert inspect.signature(TGCL).parameters["references"].default == 5


def test_references_are_all_positives(tmp_path):
    loss, difference = make_loss(tmp_path, references=2, loss_weight=1.0), make_difference(2)
    samples = make_samples(CAPTIONS[:2])
    samples[0].targets = [CAPTIONS[0], CAPTIONS[3]]
    texts = [CAPTIONS[0], CAPTIONS[3], CAPTIONS[1], CAPTIONS[1]]
    logits = loss.scores(difference, loss.sentences(texts)) / 0.07
    targets = torch.tensor([[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
    back = F.cross_entropy(logits.T, torch.tensor([0, 0, 1, 1]))
    expected = (F.cross_entropy(logits, targets) + back) / 2
    torch.testing.assert_close(loss(difference, samples)["loss_tgcl"], expected)


@pytest.mark.parametrize("gate", [{}, {"gate": SOFT}, {"references": 2}])
def test_unchanged_pairs_outside_the_contrast_are_as_good_as_not_there(tmp_path, gate):
    difference, changed = make_difference(4), [0, 1, 3]
    outside = make_loss(tmp_path, **gate, unchanged="outside")
    got = outside(difference, make_samples(CAPTIONS))
    without = make_loss(tmp_path, **gate)(
        take(difference, changed), make_samples([CAPTIONS[i] for i in changed])
    )
    for key, value in without.items():
        torch.testing.assert_close(got[key], value, msg=key)
    among_others = make_loss(tmp_path, **gate)(difference, make_samples(CAPTIONS))["loss_tgcl"]
    assert not torch.isclose(among_others, got["loss_tgcl"], rtol=1e-3)
    got["loss_tgcl"].backward()
    reached = difference.tokens.grad.abs().sum((1, 2)) > 0
    assert reached.tolist() == [True, True, False, True]


def test_placebo_is_the_loss_with_the_texts_of_other_pairs(tmp_path):
    difference, samples = make_difference(4), make_samples(CAPTIONS)
    placebo = make_loss(tmp_path, placebo=True)
    exchanged = make_samples([placebo._exchanged(sample).targets[0] for sample in samples])
    expected = make_loss(tmp_path)(difference, exchanged)
    torch.testing.assert_close(placebo(difference, samples)["loss_tgcl"], expected["loss_tgcl"])
    assert expected["loss_tgcl"] != make_loss(tmp_path)(difference, samples)["loss_tgcl"]


def test_temperature_stays_in_its_bounds_and_learns_there(tmp_path):
    loss = make_loss(tmp_path)
    loss.temperature.data.fill_(3.0)
    out = loss(make_difference(4), make_samples(CAPTIONS))
    out["loss_tgcl"].backward()
    assert float(out["tgcl_temperature"]) == 0.5 and loss.temperature.grad != 0


@pytest.mark.parametrize("mode", MODES)
def test_half_precision_input_gives_the_fp32_loss(tmp_path, mode):
    loss, difference = make_loss(tmp_path, **MODES[mode]), make_difference(4)
    half = DifferenceFeatures(difference.tokens.bfloat16(), difference.pooled.bfloat16())
    rounded = DifferenceFeatures(half.tokens.float(), half.pooled.float())
    expected = loss(rounded, make_samples(CAPTIONS))["loss_tgcl"]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = loss(half, make_samples(CAPTIONS))["loss_tgcl"]
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-7)


def test_unknown_sentences_and_parts_are_named(tmp_path):
    with pytest.raises(KeyError, match="TextEmbeddingHook"):
        make_loss(tmp_path)(make_difference(1), make_samples(["a lake dries up"]))
    with pytest.raises(ValueError, match="unchanged='gone' must be one of"):
        make_loss(tmp_path, unchanged="gone")


@pytest.mark.parametrize(
    "options",
    [
        {"temperature_range": (0.5, 0.01)},
        {"temperature_range": (0.0, 0.5)},
        {"temperature": 0.7},
        {"references": -1},
        {"counterfactuals": -1},
        {"gate": {**SOFT, "kappa": 0.0}},
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, options):
    with pytest.raises(ValueError, match="must"):
        make_loss(tmp_path, **options)


def test_an_average_of_the_weights_is_kept_over_the_texts(tmp_path):
    """MMEngine copies the model before the texts are embedded, and goes over its buffers."""
    loss = make_loss(tmp_path)
    averaged = ExponentialMovingAverage(make_loss(tmp_path / "empty", filled=False), momentum=0.5)
    for own in loss.parameters():
        own.data.add_(1)
    averaged.update_parameters(loss)
    averaged.update_parameters(loss)
    own, mean = (dict(m.named_parameters()) for m in (loss, averaged.module))
    assert all(torch.allclose(mean[name], own[name]) for name in own)
    assert loss.double().sentences.embeddings.dtype == torch.float64
