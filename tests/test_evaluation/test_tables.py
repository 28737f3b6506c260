import pytest

from mmrsicc.evaluation import PredictedCaption, change_caption_scores
from mmrsicc.evaluation.scores.statistics import Comparison
from mmrsicc.evaluation.scores.tables import (
    comparison_table,
    interval_table,
    markdown_table,
    runs_table,
    score_table,
    verdict,
    zero_cider_notes,
)


def _comparison(low, high, p, a=(3.0,), b=(1.0,)) -> Comparison:
    return Comparison(a, b, low, high, p_interval=p, p_randomisation=p)


def test_score_table_shows_what_there_is():
    table = score_table({"BLEU-4": 12.345, "Sm": 5, "change/Sm": 7, "empty_captions": 2})
    assert [line.split() for line in table.splitlines()] == [
        ["B4", "S*m"],
        ["all", "12.35", "5.00"],
        ["change", "7.00"],
        ["empty", "sentences:", "2"],
    ]


def test_markdown_table():
    table = markdown_table({"x": {"Sm": 1, "change/Sm": 2, "flag_accuracy": 3}, "y": {"Sm": 4}})
    assert table.splitlines() == [
        "| system | pairs | S\\*m | flag |",
        "| --- | --- | --- | --- |",
        "| x | all | 1.00 | 3.00 |",
        "|  | change | 2.00 |  |",
        "| y | all | 4.00 |  |",
    ]


def test_interval_table():
    assert interval_table({"Sm": 2.0}, {"Sm": (1.5, 2.25)}).split()[-4:] == [
        "Sm",
        "2.00",
        "1.50",
        "2.25",
    ]


def test_comparison_table_of_seeds_has_sample_deviations():
    seeds = _comparison(-1, 1, 0.5, a=(1.0, 2.0, 3.0), b=(5.0,))
    cells = comparison_table({"Sm": seeds}).splitlines()[1].split()
    assert cells == ["Sm", "2.00", "+-", "1.00", "5.00", "-3.00", "-1.00", "1.00", "0.5000"]


def test_large_scores_of_seeds_have_columns_of_their_own():
    """CIDEr-D of LEVIR-CC is above 100."""
    seeds = _comparison(-1, 1, 0.5, a=(132.06, 134.1), b=(131.34, 153.54))
    cells = comparison_table({"CIDEr-D": seeds}).splitlines()[1].split()
    assert cells[1:7] == ["133.08", "+-", "1.44", "142.44", "+-", "15.70"]


def test_verdict_names_the_better_one():
    words = verdict({"Sm": _comparison(1, 3, 0.01), "change/Sm": _comparison(-1, 3, 0.2)}, 0.95)
    overall, changed, runs = words.splitlines()
    assert overall.startswith("Over all pairs, A has the better Sm")
    assert "95 % interval 1.00 to 3.00, p = 0.0100" in overall
    assert changed.startswith("Over the changed pairs, no difference in Sm is shown")
    assert "another seed" in runs


def test_verdict_needs_p_value_and_interval():
    worse = _comparison(-3, -1, 0.01, a=(1.0,), b=(3.0,))
    assert "B has the better Sm" in verdict({"Sm": worse}, 0.95)
    for doubtful in (_comparison(-0.1, 3, 0.01), _comparison(0.1, 3, 0.06)):
        assert "no difference in Sm is shown" in verdict({"Sm": doubtful}, 0.95)


def test_verdict_without_meteor_goes_by_cider():
    words = verdict({"BLEU-4": _comparison(-1, 3, 0.2), "CIDEr-D": _comparison(1, 3, 0.01)}, 0.95)
    assert words.startswith("Over all pairs, A has the better CIDEr-D")


def _scores(*pairs):
    """Of (caption, reference) pairs, without METEOR, which takes seconds to start."""
    records = [
        PredictedCaption(str(i), said, (wanted,), 1) for i, (said, wanted) in enumerate(pairs)
    ]
    return change_caption_scores(records, ["BLEU", "ROUGE-L", "CIDEr-D"])


def test_a_perfect_single_pair_is_told_why_its_cider_is_0():
    one = ("a house is built", "a house is built")
    scores = _scores(one)
    assert (scores["BLEU-4"], scores["CIDEr-D"]) == (pytest.approx(100), 0)
    why = "CIDEr-D is 0 (all, change): it weighs a word by log(pairs / pairs whose references have"
    for table in (score_table(scores), runs_table([scores, scores]), markdown_table({"x": scores})):
        assert table.splitlines()[-1].startswith(why)
    comparison = {name: _comparison(0, 0, 1, (value,), (value,)) for name, value in scores.items()}
    assert comparison_table(comparison).splitlines()[-1].startswith(why)
    # Two pairs in other words: all of it is there, 10 times 100 percent.
    two = _scores(one, ("the old road was removed", "the old road was removed"))
    assert two["CIDEr-D"] == pytest.approx(1000) and zero_cider_notes(two) == []


def test_a_cider_that_is_0_since_nothing_matches_needs_no_word():
    assert zero_cider_notes(_scores(("a house", "trees grow"), ("b", "roads end"))) == []
    # Only "the" matches, which all references have: log(2 / 2) = 0.
    assert zero_cider_notes(_scores(("the x", "the house"), ("the y", "the road")))
