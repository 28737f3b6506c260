"""CSM (HCFNet 2026): values worked out by hand from its definition."""

import json
import math

import pytest

from mmrsicc.evaluation import ChangeSensitiveMetric
from mmrsicc.evaluation.scores.change_sensitive import ChangeSensitive, read_levels
from mmrsicc.structures import ChangeDataSample

SAME = "the scene is the same as before"


def csm(prediction, *references, scale=None, extent=None):
    score = ChangeSensitive(scale or {}, extent or {})
    return score({"p": references}, {"p": prediction})[0]


def test_a_reference_itself_is_perfect():
    assert csm("a house is built", "trees", "a house is built").tolist() == [1, 1, 1, 1]


def test_a_wrong_word_costs_more_than_it_does_in_bleu():
    # One word of three is wrong: (1 - 1 + 1) / 3. Of the two bigrams each has one wrong word.
    one, two, *_ = csm("a x c", "a b c")
    assert one == pytest.approx(1 / 3)
    assert two == pytest.approx(math.sqrt(1 / 3 * 1e-12))


@pytest.mark.parametrize(
    ("scale", "extent", "expected"),
    [
        ({}, {}, (4 - 1) / 5),
        ({"x": 1}, {}, (4 - 1.5) / 5),  # -2 in one list, -1 in the other
        ({"x": 3}, {}, (4 - 2) / 5),  # any gap of two or more is -3
        ({"x": 2}, {"x": 2}, (4 - 3) / 5),
        ({"x": 3, "e": 3}, {}, (4 - 1) / 5),  # the word of the same level is nearest
        ({"x": 3, "e": 2}, {}, (4 - 1.5) / 5),
    ],
)
def test_the_penalty_follows_the_levels(scale, extent, expected):
    found = csm("a b c d x", "a b c d e", scale=scale, extent=extent)
    assert found[0] == pytest.approx(expected)


def test_a_near_match_adds_nothing():
    # "a b x" against "a b c" has mean 1 / 3, which counts 0; so does "b x" against "b c".
    one, two, three, _ = csm("a b x", "a b c")
    assert one == pytest.approx(1 / 3)
    assert two == pytest.approx(math.sqrt(1 / 3 * 1 / 2))
    assert three == pytest.approx((1 / 3 * 1 / 2 * 1e-12) ** (1 / 3))


def test_a_word_counts_as_often_as_one_reference_has_it():
    # Two of three; there is no other word to be compared with, which counts as a wrong one.
    assert csm("a a a", "a a", "a")[0] == pytest.approx((2 - 1) / 3)


def test_of_two_references_as_close_in_length_the_first_counts():
    longer, shorter = "a b c d e", "a b c"
    assert csm("a b c d", longer, shorter)[0] == pytest.approx(math.exp(1 - 5 / 4))
    assert csm("a b c d", shorter, longer)[0] == pytest.approx(1)


def test_an_empty_sentence_scores_nothing():
    assert max(csm("", "a house")) < 1e-6


def test_a_set_of_sentences_that_never_sees_a_change_scores_high(published_run):
    # Half of LEVIR-CC is unchanged, and there the sentence is perfect, whatever the lists say. The
    # best published CSM-4 is 62.13.
    references = published_run.references
    score = ChangeSensitive({}, {})
    rows = score(references, dict.fromkeys(references, SAME))
    unchanged = [published_run.flags[pair] == 0 for pair in references]
    assert rows[unchanged].min() == 1
    assert 100 * rows[:, 3].mean() > 50


def sample(name, caption, reference, flag):
    found = ChangeDataSample(metainfo={"pair_id": name})
    found.pred_caption, found.gt_captions, found.change_flag = caption, [reference], flag
    return found.to_dict()


def test_the_metric_reads_lists_and_scores_changed_pairs_apart(tmp_path):
    paths = {name: tmp_path / f"{name}.json" for name in ("spatial_scale", "change_extent")}
    for path in paths.values():
        path.write_text(json.dumps({"x": 1}))
    metric = ChangeSensitiveMetric(**{name: str(path) for name, path in paths.items()})
    changed = sample("b", "a b c d x", "a b c d e", 1)
    metric.process(None, [sample("a", SAME, SAME, 0), changed])
    scores = metric.evaluate(2)
    assert scores["change/CSM-1"] == pytest.approx(100 * (4 - 2) / 5)
    assert scores["CSM-1"] == pytest.approx((100 + scores["change/CSM-1"]) / 2)
    assert set(scores) == {f"{part}CSM-{k}" for part in ("", "change/") for k in (1, 2, 3, 4)}


@pytest.mark.parametrize("content", ['{"house": 4}', '{"house": "2"}', "[1]", "{", '{"a": true}'])
def test_lists_that_are_none_are_refused(tmp_path, content):
    path = tmp_path / "levels.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"levels\.json"):
        read_levels(path)


def test_a_missing_list_is_told():
    with pytest.raises(FileNotFoundError, match=r"Spatial Scale\.json.*HCFNet"):
        read_levels("nowhere.json")
