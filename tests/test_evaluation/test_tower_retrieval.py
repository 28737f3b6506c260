"""Retrieval with several right answers, against arithmetic by hand, simulation and chance."""

import numpy as np
import pytest

from mmrsicc.evaluation.retrieval.tower_retrieval import (
    retrieval_table,
    search_scores,
    tower_scores,
)


def test_one_right_answer_by_hand():
    scores = np.array([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.3, 0.2, 0.1]])
    found = search_scores(scores, np.eye(3, dtype=bool))
    assert found["R@1"] == pytest.approx(100 / 3)  # own at ranks 1, 2 and 3
    assert found["R@5"] == 100 and found["median rank"] == 2
    assert found["queries"] == found["candidates"] == 3


def test_any_right_answer_will_do():
    scores = np.array([[0.1, 0.9, 0.5, 0.4]])
    right = np.array([[True, False, True, True]])
    found = search_scores(scores, right)
    assert found["R@1"] == 0 and found["median rank"] == 2


def test_equal_scores_are_drawn_in_random_order():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 4, (1, 20)).astype(float)
    right = np.zeros((1, 20), dtype=bool)
    right[0, [3, 8, 11]] = True
    found = search_scores(scores, right)
    ranks = []
    for _ in range(20_000):
        order = np.lexsort((rng.random(20), -scores[0]))
        ranks.append(1 + np.flatnonzero(right[0, order])[0])
    for k in (1, 5, 10):
        assert found[f"R@{k}"] == pytest.approx(100 * np.mean(np.array(ranks) <= k), abs=1.5)
    assert found["median rank"] == pytest.approx(np.mean(ranks), abs=0.1)


def test_a_model_that_knows_nothing_scores_chance():
    right = np.random.default_rng(0).random((30, 40)) < 0.1
    right[:, 0] = True
    found = search_scores(np.full((30, 40), 0.7), right)
    for name in ("R@1", "R@5", "R@10", "median rank"):
        assert found[name] == found[f"chance/{name}"]
    assert found["R@1"] == pytest.approx(100 * right.mean())


def test_sentences_that_many_pairs_bear():
    # Pairs 0 and 1 are unchanged and bear sentence 0; pair 2 bears 1 and 2, pair 3 bears 3.
    bears = np.zeros((4, 4), dtype=bool)
    bears[[0, 1, 2, 2, 3], [0, 0, 1, 2, 3]] = True
    scores = np.where(bears, 1.0, 0.0)
    scores[2, 2] = -1  # One sentence of pair 2 is not found by it.
    found = tower_scores(scores, bears, np.array([False, False, True, True]))
    assert found["all/text to pair"]["R@1"] == 75  # sentence 2 finds pair 2 last
    assert found["all/text to pair"]["queries"] == 4 == found["all/pair to text"]["queries"]
    assert found["all/pair to text"]["R@1"] == 100  # by its other sentence
    changed = found["changed/text to pair"]
    assert (changed["queries"], changed["candidates"]) == (3, 2)
    assert changed["R@1"] == pytest.approx(200 / 3)
    assert changed["chance/R@1"] == 50
    # Without the chance to pick a pair of two: half of the sentences' pairs are unchanged.
    assert found["all/text to pair"]["chance/R@1"] == pytest.approx((50 + 3 * 25) / 4)


def test_no_changed_pair_and_the_table():
    found = tower_scores(np.eye(2), np.eye(2, dtype=bool), np.zeros(2, dtype=bool))
    assert list(found) == ["all/text to pair", "all/pair to text"]
    lines = retrieval_table(found).splitlines()
    assert len(lines) == 5 and lines[1].split()[-4:] == ["100.00", "100.00", "100.00", "1.00"]
    assert "50.00" in lines[2] and len(set(map(len, lines))) == 1
