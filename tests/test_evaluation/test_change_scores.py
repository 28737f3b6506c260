import numpy as np
import pytest

from mmrsicc.evaluation import PredictedCaption, change_caption_scores
from mmrsicc.evaluation.scores.change_scores import additive_scores
from mmrsicc.evaluation.scores.protocols import build_protocol
from mmrsicc.evaluation.scores.statistics import compare_systems, confidence_intervals

COUNTS = ("flag_TP", "flag_FP", "flag_FN", "flag_TN", "empty_captions")


@pytest.fixture(scope="module")
def records(published_run) -> list[PredictedCaption]:
    run = published_run
    pairs = sorted(run.flags)[::8]
    return [
        PredictedCaption(p, run.predictions[p], tuple(run.references[p]), run.flags[p])
        for p in pairs
    ]


@pytest.mark.parametrize("name", ["word", "ptb"])
def test_sums_over_all_pairs_give_the_scores(records, name):
    protocol = build_protocol(name)
    scores = change_caption_scores(records, protocol=protocol)
    additive = additive_scores(records[::-1], protocol=protocol).scores()
    expected = {n: v for n, v in scores.items() if n not in COUNTS and "swing/" not in n}
    # S*m has a part of BLEU, whose constants of pycocoevalcap are left out of sums.
    with_bleu = {name for name in expected if "BLEU" in name or name.endswith("Sm")}
    exact = {name: additive.pop(name) for name in with_bleu}
    rest = {name: expected.pop(name) for name in with_bleu}
    assert additive == pytest.approx(expected, rel=1e-12)
    assert exact == pytest.approx(rest, rel=1e-10)
    assert {"Sm", "change/Sm", "canonical/Sm"} <= set(exact)
    assert {"no_change/METEOR", "flag_recall"} <= set(additive)


def test_a_resample_is_scored_as_its_pairs_are(records):
    """Pairs drawn twice are pairs of their own; what adds up must see the same."""
    drawn = [*records[:60], *records[:30]]
    twice = [PredictedCaption(f"{i}", r.caption, r.references, r.flag) for i, r in enumerate(drawn)]
    scorers = ("BLEU", "METEOR", "ROUGE-L")  # CIDEr-D's document frequencies are held.
    expected = additive_scores(twice, scorers).scores()
    run = additive_scores(records, scorers)
    sums = run.statistics[:60].sum(axis=0) + run.statistics[:30].sum(axis=0)
    got = {name: float(value) for name, value in run.function(sums).items()}
    assert got == pytest.approx(expected, rel=1e-9)


def test_intervals_hold_the_score(records):
    run = additive_scores(records)
    scores = run.scores()
    intervals = confidence_intervals(run, resamples=500)
    assert intervals.keys() == scores.keys()
    for name, (low, high) in intervals.items():
        assert low <= scores[name] <= high, name
    low, high = intervals["Sm"]
    assert 1 < high - low < 20


def test_a_part_without_pairs_has_no_scores():
    """With 2 changed pairs of 12, one resample in nine has none of them."""
    records = [PredictedCaption(f"{i:02}", "a road", ("a road is here",), i < 2) for i in range(12)]
    run = additive_scores(records)
    no_changed = run.function(run.statistics[2:].sum(axis=0))
    undefined = {name for name, value in no_changed.items() if np.isnan(value)}
    assert {"change/BLEU-1", "change/METEOR", "change/CIDEr-D", "change/Sm"} <= undefined
    assert not {"BLEU-1", "METEOR", "no_change/BLEU-1"} & undefined
    # All pairs are alike, so there is no chance in any resample that has a changed pair.
    low, high = confidence_intervals(run, resamples=200)["change/BLEU-1"]
    assert low == pytest.approx(high) and low > 0


def test_a_worse_system_is_found_worse(records):
    worse = [
        PredictedCaption(r.pair_id, " ".join(r.caption.split()[:-2]), r.references, r.flag)
        for r in records
    ]
    comparisons = compare_systems([additive_scores(records)], [additive_scores(worse)], 500)
    for name in ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D", "Sm", "change/Sm"):
        assert comparisons[name].low > 0 and comparisons[name].p < 0.01, name


def test_a_single_pair_has_scores():
    record = PredictedCaption("p", "a road", ("a road",), 1)
    scores = change_caption_scores([record], ("BLEU", "ROUGE-L"))
    assert scores["change/ROUGE-L"] == scores["ROUGE-L"] == 100
    assert not any(name.startswith("no_change/") for name in scores)


def test_an_undefined_precision_is_left_out_everywhere(records):
    silent = [
        PredictedCaption(r.pair_id, "there is no difference", r.references, r.flag) for r in records
    ]
    scores = change_caption_scores(silent, ("BLEU",))
    assert "flag_precision" not in scores and scores["flag_recall"] == 0
    run = additive_scores(silent, ("BLEU",))
    assert "flag_precision" not in confidence_intervals(run, resamples=10)
    speaking = additive_scores(records, ("BLEU",))
    names = set(compare_systems([speaking], [run], 10))
    assert "flag_recall" in names and "flag_precision" not in names


@pytest.mark.parametrize("seeds", [1, 2])
def test_equal_scores_differ_by_nothing(seeds):
    """Neither says three words of a reference in a row; both know all unchanged pairs."""
    same = "the scene is the same as before", "there is no difference"

    def run(changed, unchanged, seed):
        records = [
            PredictedCaption(f"c{k}", changed, (f"a road {k} is built",), 1) for k in range(60)
        ]
        said = [same[0]] * (2 + seed) + [unchanged] * 58
        records += [PredictedCaption(f"u{k}", said[k], same, 0) for k in range(60)]
        return additive_scores(records, ("BLEU",))

    a = [run("a red car", same[0], seed) for seed in range(seeds)]
    b = [run("some house trees now", same[1], seed) for seed in range(seeds)]
    compared = compare_systems(a, b, resamples=200)
    for name in ("change/BLEU-3", "change/BLEU-4", "no_change/BLEU-1", "no_change/BLEU-4"):
        found = compared[name]
        assert found.p == 1 and found.low == found.high == found.difference == 0, name
    assert compared["no_change/BLEU-4"].a == (100.0,) * seeds
