import random

import numpy as np
import pytest
from mmengine.evaluator import Evaluator

from mmrsicc.evaluation import PredictedCaption
from mmrsicc.evaluation.retrieval.retrieval_metric import recall_at, retrieval_scores
from mmrsicc.models.text_encoders import HashedNgramEncoder
from mmrsicc.registry import METRICS
from mmrsicc.structures import ChangeDataSample

ENCODER = HashedNgramEncoder(4096)
THINGS = (
    *("house", "villa", "road", "pool", "lake", "bridge", "square", "court", "forest", "desert"),
    *("meadow", "tower", "tank"),
)


def _records(captions=None) -> list[PredictedCaption]:
    return [
        PredictedCaption(thing, said, (f"a {thing} appears", f"one {thing} is built"), 1)
        for thing, said in zip(THINGS, captions or [f"a {t} is built" for t in THINGS], strict=True)
    ]


def test_ranks_by_hand():
    similarity = np.array(
        [
            [0.9, 0.5, 0.1, 0.1],  # first
            [0.9, 0.5, 0.1, 0.1],  # second
            [0.2, 0.5, 0.2, 0.2],  # one before, three tie: places 2 to 4
            [0.7, 0.7, 0.7, 0.7],  # all tie
        ]
    )
    expected = [[1, 0, 0, 1 / 4], [1, 1, 1 / 3, 2 / 4], [1, 1, 2 / 3, 3 / 4], [1, 1, 1, 1]]
    np.testing.assert_allclose(recall_at(similarity, (1, 2, 3, 4)), expected)


def test_ties_are_what_random_orders_give_on_average():
    similarity = np.random.default_rng(0).integers(0, 3, (20, 20)).astype(float)
    counted = np.zeros((2, 20))
    for seed in range(2000):
        noise = np.random.default_rng(seed + 1).uniform(0, 0.5, similarity.shape)
        own = np.diagonal(similarity + noise)[:, None]
        rank = (similarity + noise > own).sum(axis=1)
        counted += np.stack([rank < k for k in (1, 5)])
    np.testing.assert_allclose(recall_at(similarity, (1, 5)), counted / 2000, atol=0.05)


def test_own_words_find_the_pair():
    assert retrieval_scores(_records(), ENCODER) == {"R@1": 100, "R@5": 100, "R@10": 100}
    shifted = [f"a {thing} is built" for thing in (*THINGS[1:], THINGS[0])]
    assert retrieval_scores(_records(shifted), ENCODER)["R@1"] == 0


@pytest.mark.parametrize("said", ["a house appears", "the scene is the same as before", ""])
def test_the_same_of_every_pair_is_chance(said):
    scores = retrieval_scores(_records([said] * len(THINGS)), ENCODER)
    expected = {f"R@{k}": 100 * k / len(THINGS) for k in (1, 5, 10)}
    assert scores == pytest.approx(expected)


def test_equal_references_share_their_place():
    # Three pairs say the same, in another order: none can be told from the other two.
    references = ("a house appears", "one house is built", "houses")
    twins = [
        PredictedCaption(f"twin{i}", "a house appears", references[i:] + references[:i], 1)
        for i in range(3)
    ]
    other = [r for r in _records() if r.pair_id != "house"]
    scores = retrieval_scores([*other, *twins], ENCODER)
    n = len(other) + 3
    assert scores["R@1"] == pytest.approx(100 * (len(other) + 3 * (1 / 3)) / n)
    assert scores["R@5"] == 100


def test_order_and_unchanged_pairs_do_not_matter():
    records = _records([f"a {thing}" for thing in reversed(THINGS)])
    expected = retrieval_scores(records, ENCODER)
    same = PredictedCaption("same", "a house appears", ("no change has occurred",), 0)
    random.Random(0).shuffle(records)
    assert retrieval_scores([*records, same], ENCODER) == expected
    assert retrieval_scores([same], ENCODER) == {}


def test_metric_of_a_config():
    encoder = {"type": "HashedNgramEncoder", "embed_dims": 4096}
    evaluator = Evaluator(METRICS.build({"type": "RetrievalMetric", "text_encoder": encoder}))
    samples = []
    for record in _records():
        sample = ChangeDataSample(metainfo={"pair_id": record.pair_id})
        sample.pred_caption, sample.gt_captions = record.caption, list(record.references)
        sample.change_flag = 1
        samples.append(sample)
    evaluator.process(samples)
    results = evaluator.evaluate(len(samples))
    assert results == {f"retrieval/R@{k}": 100 for k in (1, 5, 10)}


def test_the_packaged_encoder_finds_by_meaning():
    records = [
        PredictedCaption("a", "several villas are constructed", ("some houses are built",), 1),
        PredictedCaption("b", "the woods are cut down", ("trees are removed",), 1),
        PredictedCaption("c", "a street appears", ("a road is built",), 1),
    ]
    metric = METRICS.build({"type": "RetrievalMetric"})
    assert retrieval_scores(records, metric.encoder)["R@1"] == 100
