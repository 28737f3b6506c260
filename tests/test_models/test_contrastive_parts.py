"""Gates, objectives and similarities of the contrastive loss, each against its equation."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmrsicc.models.losses import (
    BandGate,
    ClosedGate,
    FeatureGatedSimilarity,
    HardPairGate,
    PairRelations,
    PairWeights,
    SigmoidObjective,
    SoftLabelObjective,
    SoftmaxObjective,
    SoftPairGate,
    SoftTargetGate,
    TokenSimilarity,
)

SIMILARITY = torch.tensor([[1.0, 0.9, 0.2], [0.9, 1.0, 0.8], [0.2, 0.8, 1.0]])
FLAGS = torch.tensor([1.0, 0.0, 0.0])


def relations(similarity=SIMILARITY, flags=FLAGS):
    own = torch.eye(len(similarity), dtype=torch.bool)
    return PairRelations(similarity, own, similarity == 1, flags, flags)


def softmax_rows(logits, positives, negatives):
    none = torch.zeros_like(logits)
    return SoftmaxObjective()(
        logits, torch.tensor(1.0), PairWeights(positives, negatives), relations(none)
    )


def test_soft_gate_by_hand():
    weights = SoftPairGate(theta=0.8, kappa=0.1)(relations())
    widest = 1 / (1 + math.exp(-2))

    def left(s):
        return 1 - 1 / (1 + math.exp(-(s - 0.8) / 0.1)) / widest

    expected = [[0, left(0.9), left(0.2)], [left(0.9), 0, left(0.8)], [left(0.2), left(0.8), 0]]
    torch.testing.assert_close(weights.negatives, torch.tensor(expected))
    torch.testing.assert_close(weights.positives, torch.eye(3))


def test_equal_captions_are_exactly_no_negatives():
    weights = SoftPairGate()(relations(torch.ones(3, 3)))
    assert weights.negatives.sum() == 0


def test_hard_gate_eliminates_or_attracts():
    weights = HardPairGate(theta=0.85, attraction=1.0)(relations())
    half = torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    torch.testing.assert_close(weights.positives, half)
    expected = torch.tensor([[0.0, 0, 1], [0, 0, 1], [1, 1, 0]])
    torch.testing.assert_close(weights.negatives, expected)
    torch.testing.assert_close(HardPairGate(theta=0.85)(relations()).positives, torch.eye(3))


def test_change_flags_overrule_similarity_where_they_are_known():
    weights = HardPairGate(theta=0.85, use_change_flag=True)(relations())
    # 0 is changed, 1 and 2 are not.
    assert weights.negatives[0, 1] == 1 and weights.negatives[1, 2] == 0
    unknown = HardPairGate(theta=0.85, use_change_flag=True)(
        relations(flags=torch.tensor([1.0, -1.0, 0.0]))
    )
    assert unknown.negatives[0, 1] == 0 and unknown.negatives[1, 2] == 1


def test_soft_targets_are_a_softmax():
    weights = SoftTargetGate(temperature=0.1)(relations())
    torch.testing.assert_close(weights.positives, (SIMILARITY / 0.1).softmax(1))
    assert (weights.negatives == 1).all()


def test_band_leaves_the_middle_out():
    weights = BandGate(lower=0.5, upper=0.9)(relations())
    torch.testing.assert_close(
        weights.positives, torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0, 0, 1.0]])
    )
    assert weights.negatives.tolist() == [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    with pytest.raises(ValueError, match="must be below"):
        BandGate(lower=0.9, upper=0.5)


def test_softmax_objective_by_hand():
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.0, 1.0, 3.0], [1.0, 1.0, 1.0]])
    negatives = torch.tensor([[0.0, 0.25, 1.0], [0.25, 0.0, 0.0], [1.0, 0.0, 0.0]])
    expected = [
        -1.0 + math.log(math.exp(1.0) + 0.25 * math.exp(2.0) + math.exp(0.5)),
        -1.0 + math.log(math.exp(1.0) + 0.25 * math.exp(0.0)),
        -1.0 + math.log(math.exp(1.0) + math.exp(1.0)),
    ]
    torch.testing.assert_close(
        softmax_rows(logits, torch.eye(3), negatives), torch.tensor(expected)
    )


def test_with_all_as_negatives_it_is_the_soft_cross_entropy():
    logits = torch.randn(3, 3, generator=torch.Generator().manual_seed(0))
    weights = SoftTargetGate()(relations())
    got = softmax_rows(logits, weights.positives, weights.negatives)
    expected = F.cross_entropy(logits, weights.positives, reduction="none")
    torch.testing.assert_close(got, expected)
    closed = ClosedGate()(relations())
    torch.testing.assert_close(
        softmax_rows(logits, closed.positives, closed.negatives),
        F.cross_entropy(logits, torch.arange(3), reduction="none"),
    )


def test_a_gated_candidate_pushes_at_no_temperature():
    cosines = torch.tensor([[0.5, 0.9, 0.0], [0.9, 0.5, 0.0], [0.0, 0.0, 1.0]])
    logits = (cosines / 0.01).requires_grad_()
    negatives = torch.tensor([[0.0, 0, 1], [0, 0, 1], [1, 1, 0]])
    rows = softmax_rows(logits, torch.eye(3), negatives)
    rows.sum().backward()
    assert rows.sum().item() == pytest.approx(0.0, abs=1e-6)
    assert logits.grad[0, 1] == logits.grad[1, 0] == 0 and logits.grad.isfinite().all()


def test_soft_labels_add_a_divergence():
    cosines = torch.randn(3, 3, generator=torch.Generator().manual_seed(1))
    related = relations()
    weights = ClosedGate()(related)
    tau = torch.tensor(0.5)
    objective = SoftLabelObjective(weight=0.2, text_temperature=0.3)
    target = (SIMILARITY / 0.3).softmax(1)
    divergence = (target * (target.log() - (cosines / 0.545).log_softmax(1))).sum(1)
    expected = SoftmaxObjective()(cosines, tau, weights, related) + 0.2 * divergence
    torch.testing.assert_close(objective(cosines, tau, weights, related), expected)


def test_sigmoid_objective_by_hand():
    cosines = torch.tensor([[0.5, 0.1, -0.3]])
    weights = PairWeights(torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[0.0, 0.0, 1.0]]))
    objective = SigmoidObjective(bias=-1.0)
    got = objective(cosines, torch.tensor(0.1), weights, relations())

    def log_sigmoid(x):
        return -math.log(1 + math.exp(-x))

    expected = -(log_sigmoid(4.0) + log_sigmoid(0.0) + log_sigmoid(4.0))
    assert got.item() == pytest.approx(expected, rel=1e-5)


def test_feature_gate_equals_its_explicit_form():
    torch.manual_seed(0)
    similarity = FeatureGatedSimilarity(in_channels=6, embed_dims=5, dims=4).double().eval()
    pooled, embeddings = torch.randn(3, 6).double(), torch.randn(2, 5).double()
    got = similarity.compare(
        similarity.encode_visual(pooled, pooled[:, None]), similarity.encode_text(embeddings)
    )
    gate = similarity.gate(embeddings).sigmoid()
    gated = similarity.visual_projection(pooled)[:, None] * gate[None]  # (B, C, d)
    sentence = similarity.text_projection(embeddings)
    torch.testing.assert_close(got, F.cosine_similarity(gated, sentence[None], dim=-1))


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
