"""Results of runs that nobody trained."""

import json

import pytest

from mmrsicc.evaluation.files.records import PredictedCaption
from mmrsicc.evaluation.files.result_files import write_captions

REFERENCES = ["a house is built near the road", "a new house appears beside a road"]
SAME = ["the scene is the same as before", "there is no difference"]


@pytest.fixture
def write_run():
    """A function that writes a run's files, with this sentence for all changed pairs."""
    return _write_run


def _write_run(run, change_caption, flag, split="test", score=None):
    """Captions of eight pairs, every other changed, and a record with made-up scores."""
    records = [
        PredictedCaption(
            pair_id=f"{i}",
            caption=SAME[0] if i % 2 else change_caption,
            references=tuple(SAME if i % 2 else REFERENCES),
            flag=1 - i % 2,
        )
        for i in range(8)
    ]
    run.folder.mkdir(parents=True, exist_ok=True)
    write_captions(records, run.results(split))
    meta = {"scores": {"Sm": score or flag / 2, "flag_accuracy": flag}, "metrics": []}
    run.results(split).with_suffix(".meta.json").write_text(json.dumps(meta))
