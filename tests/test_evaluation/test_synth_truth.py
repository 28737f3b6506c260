import json
from dataclasses import asdict

import pytest
from mmengine.evaluator import Evaluator

from mmrsicc.evaluation import PredictedCaption
from mmrsicc.evaluation.truth.synth_truth import (
    additive_truth_scores,
    is_unreadable,
    read_events,
    synth_truth_scores,
)
from mmrsicc.evaluation.truth.synth_truth_metric import truth_table
from mmrsicc.registry import METRICS
from mmrsicc.structures import ChangeDataSample
from mmrsicc.synthcc import PairId, make_pair
from mmrsicc.synthcc.scene import Event

HOUSES = Event("appear", "house", 2, 0, "bareland", place="top left")
ROAD = Event("disappear", "road", 1, 1, "grassland")
WOODS = Event("replace", "villa", 3, 2, "woods", "woods", 1, "center")
SAME = "the scene is the same as before"


def _scores(*told) -> dict[str, float]:
    """Scores of sentences, each with its list of events."""
    records = [PredictedCaption(f"p_{i}", text, ("x",)) for i, (text, _) in enumerate(told)]
    return synth_truth_scores(records, {f"p_{i}": events for i, (_, events) in enumerate(told)})


def test_true_and_complete():
    scores = _scores(
        ("two houses appear and a road disappears", [HOUSES, ROAD]),  # true, all told
        ("two houses appear", [HOUSES, ROAD]),  # true, not all
        ("three houses appear", [HOUSES]),  # wrong number
        ("a zebra appears", [HOUSES]),  # cannot be read
        (SAME, []),
        ("a road disappears", []),
        (SAME, [ROAD]),
        ("", []),  # says nothing
    )
    assert scores["true"] == pytest.approx(100 * 3 / 8)
    assert scores["complete"] == pytest.approx(100 * 2 / 8)
    assert scores["change_true"] == pytest.approx(100 * 2 / 5)
    assert scores["change_complete"] == pytest.approx(100 * 1 / 5)
    assert scores["no_change_true"] == pytest.approx(100 * 1 / 3)
    assert scores["unreadable"] == 2


def test_claims_by_hand():
    scores = _scores(
        # House rightly told with its number, in a wrong place; a pool that is not there.
        ("two houses in the bottom right appear and a pool is built", [HOUSES, ROAD]),
        # Both rightly told, the number of villas wrong, the place right.
        ("the woods are replaced by two villas in the center", [WOODS]),
        ("a road appears", []),
    )
    # Claims: houses, pool, replacement, road. Events: houses, road, replacement.
    assert scores["events_precision"] == pytest.approx(100 * 2 / 4)
    assert scores["events_recall"] == pytest.approx(100 * 2 / 3)
    # Numbers said of what comes in numbers: two houses (right), two villas (wrong).
    assert scores["counts_precision"] == scores["counts_recall"] == 50
    assert scores["places_precision"] == scores["places_recall"] == 50
    assert scores["appear_precision"] == pytest.approx(100 * 1 / 3)
    assert scores["appear_recall"] == scores["house_recall"] == 100
    assert scores["road_precision"] == scores["disappear_recall"] == 0
    assert scores["villa_precision"] == 100
    assert scores["swimming_pool_precision"] == 0 and "swimming_pool_recall" not in scores
    assert "shrink_precision" not in scores


def test_the_number_of_what_was_replaced_counts():
    event = Event("replace", "building", 1, 0, "desert", "house", 3)
    wrong = _scores(("two houses are replaced by a building", [event]))
    right = _scores(("three houses are replaced by a building", [event]))
    assert (wrong["counts_recall"], right["counts_recall"]) == (0, 100)
    assert wrong["events_recall"] == 100 and wrong["true"] == 0


def test_claims_are_paired_with_events_for_the_best():
    near = Event("appear", "house", 3, 3, "bareland", place="right")
    for order in ([HOUSES, near], [near, HOUSES]):
        text = "two houses appear in the top left and three houses appear on the right"
        scores = _scores((text, order))
        assert scores["counts_recall"] == scores["places_recall"] == 100
    # One claim serves one event.
    assert _scores(("two houses appear", [HOUSES, HOUSES]))["events_recall"] == 50
    assert _scores(("two houses appear and two houses appear", [HOUSES]))["events_precision"] == 50


def test_the_generators_own_sentences_are_true():
    records, events = [], {}
    for number in range(1, 9):
        pair = make_pair(3, PairId("test", number))
        name = f"test_{number:06d}"
        events[name] = pair.scene.events
        records.append(PredictedCaption(name, pair.sentences[0], pair.sentences[1:]))
    scores = synth_truth_scores(records, events)
    assert scores["true"] == scores["events_precision"] == 100 and scores["unreadable"] == 0
    # Said of other pairs they are not.
    moved = [
        PredictedCaption(a.pair_id, b.caption, a.references)
        for a, b in zip(records, records[2:] + records[:2], strict=True)
    ]
    assert synth_truth_scores(moved, events)["change_true"] < 50


def test_rows_add_up():
    told = [("two houses appear", [HOUSES]), (SAME, [])]
    records = [PredictedCaption(f"p_{i}", text, ("x",)) for i, (text, _) in enumerate(told)]
    run = additive_truth_scores(records, {"p_0": [HOUSES], "p_1": []})
    assert run.function(run.statistics[0])["change_true"] == 100
    assert run.function(run.statistics[1])["no_change_true"] == 100


@pytest.mark.parametrize("text", ["houses zebra", "", "and", "a house appears quickly"])
def test_unreadable(text):
    assert is_unreadable(text)
    assert not is_unreadable("a house appears") and not is_unreadable(SAME)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "events" / "test").mkdir(parents=True)
    for number, events in ((1, [HOUSES, WOODS]), (2, [])):
        content = {"pair_id": f"test_{number:06d}", "events": [asdict(e) for e in events]}
        content["sentences"] = ["x", "y"]
        path = tmp_path / "events" / "test" / f"test_{number:06d}.json"
        path.write_text(json.dumps(content))
    return tmp_path / "events"


def pair(pair_id, *references):
    return PredictedCaption(pair_id, "a house appears", references or ("x",))


def test_metric_of_a_config(folder):
    evaluator = Evaluator(METRICS.build({"type": "SynthTruthMetric", "events": str(folder)}))
    samples = []
    for pair_id, text in (("test_000002", SAME), ("test_000001", "two houses appear")):
        sample = ChangeDataSample(metainfo={"pair_id": pair_id})
        sample.pred_caption, sample.gt_captions = text, ["x"]
        samples.append(sample)
    evaluator.process(samples)
    results = evaluator.evaluate(2)
    assert results["truth/true"] == 100 and results["truth/complete"] == 50
    assert results["truth/events_recall"] == 50 and results["truth/unreadable"] == 0
    table = truth_table({name.removeprefix("truth/"): v for name, v in results.items()})
    assert any(line.split() == ["events", "100.00", "50.00"] for line in table.splitlines())


def test_events_survive_the_file(folder):
    assert read_events(folder, [pair("test_000001")]) == {"test_000001": (HOUSES, WOODS)}


def test_what_is_missing_is_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'val_000007'.*name the folder 'events'"):
        read_events(folder, [pair("val_000007")])
    with pytest.raises(FileNotFoundError, match="data_root"):
        METRICS.build({"type": "SynthTruthMetric", "events": str(tmp_path / "none")})
    (folder / "test" / "test_000001.json").write_text("{")
    with pytest.raises(ValueError, match=r"test_000001\.json is damaged"):
        read_events(folder, [pair("test_000001")])


def test_events_of_another_data_set_with_the_same_ids_are_refused(folder):
    with pytest.raises(ValueError, match=r"another data set's: 'z' is none of its sentences"):
        read_events(folder, [pair("test_000001", "x", "z")])
