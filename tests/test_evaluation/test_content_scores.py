from dataclasses import replace

import pytest
from mmengine.evaluator import Evaluator

from mmrsicc.evaluation import PredictedCaption
from mmrsicc.evaluation.content import ContentMetric, additive_content_scores, content_scores
from mmrsicc.registry import METRICS
from mmrsicc.structures import ChangeDataSample


def _records():
    return [
        # Objects said: house, road, pool; a reference names house and road; most name house.
        PredictedCaption(
            "a",
            "two houses and a pool are built near the road at the top",
            ("two houses appear", "a house appears at the bottom", "some houses and a road"),
            flag=1,
        ),
        # Denies the change: names nothing, and misses the one object and action of most.
        PredictedCaption("b", "there is no difference", ("a villa is removed",), flag=1),
        PredictedCaption("c", "a house is built", ("there is no difference",), flag=0),
    ]


def test_by_hand():
    scores = content_scores(_records())
    assert scores["objects_precision"] == pytest.approx(100 * 2 / 3)
    assert scores["objects_recall"] == pytest.approx(100 * 1 / 2)  # of house and villa
    assert scores["actions_precision"] == 100  # appear
    assert scores["actions_recall"] == pytest.approx(100 * 1 / 2)  # of appear and disappear
    assert scores["counts_precision"] == 100  # two
    assert "counts_recall" not in scores and "places_recall" not in scores  # no two agree
    assert scores["places_precision"] == 0  # near
    assert scores["directions_precision"] == 0  # top, where one says bottom
    assert scores["hallucinating_sentences"] == 50  # the pool, in one of two sentences


def test_unchanged_pairs_do_not_count():
    records = _records()
    assert content_scores(records) == content_scores(records[:2])
    unknown = [replace(record, flag=None) for record in records]
    assert content_scores(unknown) == content_scores(records)
    assert content_scores(records[2:]) == {}


def test_rows_add_up():
    records = _records()
    run = additive_content_scores(records)
    assert run.statistics.shape[0] == len(records)
    alone = additive_content_scores(records[:1])
    assert {k: v.item() for k, v in run.function(run.statistics[0]).items() if v == v} == (
        alone.scores()
    )


def test_metric_of_a_config():
    samples = []
    for record in reversed(_records()):
        sample = ChangeDataSample(metainfo={"pair_id": record.pair_id})
        sample.pred_caption = record.caption
        sample.gt_captions = list(record.references)
        sample.change_flag = record.flag
        samples.append(sample)
    evaluator = Evaluator(METRICS.build({"type": "ContentMetric"}))
    evaluator.process(samples)
    expected = {f"content/{k}": v for k, v in content_scores(_records()).items()}
    assert evaluator.evaluate(len(samples)) == expected


def test_a_human_a_model_and_a_fixed_sentence(published_run):
    """Plausibility: who looks at the images names what is there; a fixed sentence cannot.

    Not every score puts the human first: "built" is safe to say of most changed pairs, and a model
    that keeps to common words is more often confirmed than an annotator who tells details.
    """
    systems: dict[str, list[PredictedCaption]] = {"human": [], "model": [], "fixed": []}
    for pair, flag in published_run.flags.items():
        first, *others = published_run.references[pair]
        said = (first, published_run.predictions[pair])
        captions = (*said, "some roads and houses are built on bareland")
        for name, caption in zip(systems, captions, strict=True):
            systems[name].append(PredictedCaption(pair, caption, tuple(others), flag))
    human, model, fixed = (content_scores(records) for records in systems.values())
    assert human["objects_precision"] > fixed["objects_precision"] + 5
    assert human["counts_precision"] > fixed["counts_precision"] + 5
    assert human["hallucinating_sentences"] < fixed["hallucinating_sentences"] - 20
    assert human["directions_recall"] > model["directions_recall"] + 20
    assert "directions_precision" not in fixed and fixed["directions_recall"] == 0
    assert fixed["actions_precision"] > human["actions_precision"]


def test_the_metric_is_found_by_name():
    assert METRICS.get("ContentMetric") is ContentMetric
