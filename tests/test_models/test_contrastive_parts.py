"""Gates and similarities of the contrastive loss, and the loss, each against its equation."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmrsicc.models.losses import ClosedGate, PairRelations, SoftPairGate, TokenSimilarity
from mmrsicc.models.losses.text_guidance import contrastive_rows

SIMILARITY = torch.tensor([[1.0, 0.9, 0.2], [0.9, 1.0, 0.8], [0.2, 0.8, 1.0]])
FLAGS = torch.tensor([1.0, 0.0, 0.0])


def relations(similarity=SIMILARITY, flags=FLAGS):
    own = torch.eye(len(similarity), dtype=torch.bool)
    return PairRelations(similarity, own, similarity == 1, flags, flags)


def test_soft_gate_by_hand():
    negatives = SoftPairGate(theta=0.8, kappa=0.1)(relations())
    widest = 1 / (1 + math.exp(-2))

    def left(s):
        return 1 - 1 / (1 + math.exp(-(s - 0.8) / 0.1)) / widest

    expected = [[0, left(0.9), left(0.2)], [left(0.9), 0, left(0.8)], [left(0.2), left(0.8), 0]]
    torch.testing.assert_close(negatives, torch.tensor(expected))


def test_equal_captions_are_exactly_no_negatives():
    assert SoftPairGate()(relations(torch.ones(3, 3))).sum() == 0


def test_a_closed_gate_is_info_nce():
    logits = torch.randn(3, 3, generator=torch.Generator().manual_seed(0))
    rows = contrastive_rows(logits, torch.eye(3) == 1, ClosedGate()(relations()))
    expected = F.cross_entropy(logits, torch.arange(3), reduction="none")
    torch.testing.assert_close(rows, expected)


def test_contrastive_rows_by_hand():
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.0, 1.0, 3.0], [1.0, 1.0, 1.0]])
    negatives = torch.tensor([[0.0, 0.25, 1.0], [0.25, 0.0, 0.0], [1.0, 0.0, 0.0]])
    expected = [
        -1.0 + math.log(math.exp(1.0) + 0.25 * math.exp(2.0) + math.exp(0.5)),
        -1.0 + math.log(math.exp(1.0) + 0.25 * math.exp(0.0)),
        -1.0 + math.log(math.exp(1.0) + math.exp(1.0)),
    ]
    rows = contrastive_rows(logits, torch.eye(3) == 1, negatives)
    torch.testing.assert_close(rows, torch.tensor(expected))


def test_a_gated_candidate_pushes_at_no_temperature():
    cosines = torch.tensor([[0.5, 0.9, 0.0], [0.9, 0.5, 0.0], [0.0, 0.0, 1.0]])
    logits = (cosines / 0.01).requires_grad_()
    negatives = torch.tensor([[0.0, 0, 1], [0, 0, 1], [1, 1, 0]])
    rows = contrastive_rows(logits, torch.eye(3) == 1, negatives)
    rows.sum().backward()
    assert rows.sum().item() == pytest.approx(0.0, abs=1e-6)
    assert logits.grad[0, 1] == logits.grad[1, 0] == 0 and logits.grad.isfinite().all()


def test_token_similarity_equals_a_loop_over_pairs_and_sentences():
    torch.manual_seed(0)
    similarity = TokenSimilarity(in_channels=6, embed_dims=5, dims=4).double().eval()
    tokens, embeddings = torch.randn(3, 7, 6).double(), torch.randn(2, 5).double()
    got = similarity.compare(
        similarity.encode_visual(tokens.mean(1), tokens), similarity.encode_text(embeddings)
    )
    for i, pair in enumerate(tokens):
        values = similarity.visual_projection(pair)
        for j, embedding in enumerate(embeddings):
            query = similarity.query(embedding)
            attention = (similarity.key(values) @ query / 2).softmax(0)
            sentence = similarity.text_projection(embedding)
            expected = F.cosine_similarity(attention @ values, sentence, dim=0)
            torch.testing.assert_close(got[i, j], expected)
