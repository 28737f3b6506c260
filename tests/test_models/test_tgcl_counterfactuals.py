"""Counterfactuals of a pair's own sentences as hard negatives of TGCL."""

import pytest
import torch
import torch.nn.functional as F
from test_models.tgcl_parts import (
    CAPTIONS,
    SOFT,
    make_difference,
    make_loss,
    make_samples,
    relations_of,
)

from mmrsicc.datasets.counterfactuals import hard_negatives
from mmrsicc.models.losses.texts import PairTexts


def hard_texts(caption):
    return [negative.text for negative in hard_negatives(caption, [caption])]


def test_counterfactuals_are_negatives_of_their_own_pair_alone(tmp_path):
    loss, difference = make_loss(tmp_path, counterfactuals=20, loss_weight=1.0), make_difference(4)
    got = loss(difference, make_samples(CAPTIONS))
    batch = loss.scores(difference, loss.sentences(CAPTIONS))
    forwards, told, count = 0, 0, 0
    for i, caption in enumerate(CAPTIONS):
        texts = hard_texts(caption)
        assert bool(texts) is (caption != CAPTIONS[2])
        hard = loss.scores(difference, loss.sentences(texts))[i]
        row = torch.cat([batch[i], hard]) / 0.07
        forwards += F.cross_entropy(row[None], torch.tensor([i])) / 4
        told, count = told + (hard < batch[i, i]).sum(), count + len(texts)
    back = F.cross_entropy(batch.T / 0.07, torch.arange(4))
    torch.testing.assert_close(got["loss_tgcl"], (forwards + back) / 2)
    torch.testing.assert_close(got["tgcl_counterfactuals_told"], 100.0 * told / count)
    plain = make_loss(tmp_path)(difference, make_samples(CAPTIONS))
    assert got["tgcl_recall"] == plain["tgcl_recall"]
    torch.testing.assert_close(got["tgcl_negatives"], plain["tgcl_negatives"])
    assert "tgcl_counterfactuals_told" not in plain


@pytest.mark.parametrize("gate", [SOFT, {"type": "ClosedGate"}])
def test_no_gate_takes_counterfactuals_out(tmp_path, gate):
    samples = make_samples(CAPTIONS[:1] * 3)  # Pairs of one meaning are no negatives of each other.
    loss = make_loss(tmp_path, counterfactuals=20, gate=gate)
    relations = relations_of(loss, samples)
    compared = loss._compared(relations, torch.ones(3, 20, dtype=torch.bool))
    hard = slice(3, None)
    assert torch.equal((loss.gate(relations) * compared)[:, hard], compared[:, hard].float())
    assert torch.equal(compared[:, hard], torch.eye(3, dtype=torch.bool).repeat_interleave(20, 1))
    out = loss(make_difference(3), samples)
    assert out["loss_tgcl"] > 0


def test_counterfactuals_are_drawn_anew_and_from_all_categories_in_turn(tmp_path):
    caption = "two houses appear on the right"
    loss = make_loss(tmp_path, counterfactuals=4)
    loss.prepare_texts([caption, "two houses appear on the left"], {})
    samples = make_samples([caption])
    kinds = {negative.text: negative.category for negative in hard_negatives(caption, [caption])}
    known = {row: text for text, row in loss.sentences._rows.items()}
    draws = set()
    for seed in range(6):
        torch.manual_seed(seed)
        rows = PairTexts.of(samples, loss.sentences, 1, 4).hard[0].tolist()
        assert len({kinds[known[row]] for row in rows}) == 4
        draws.add(frozenset(rows))
    assert len(draws) > 1
    # What another reference says is no negative.
    samples[0].gt_captions = [caption, "two houses appear on the left"]
    rows = PairTexts.of(samples, loss.sentences, 1, 20).hard[0].tolist()
    chosen = [known[row] for row in rows if row >= 0]
    assert chosen and not any("left" in text for text in chosen)
    # All rewritten sentences' counterfactuals are prepared where theirs are.
    assert all(text in loss.sentences._rows for text in hard_texts("two houses appear on the left"))
