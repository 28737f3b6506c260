import json

import pytest
from mmengine.evaluator import Evaluator

from mmrsicc.evaluation import PredictedCaption, read_captions
from mmrsicc.registry import METRICS
from mmrsicc.structures import ChangeDataSample


def _sample(pair_id, caption, **fields) -> ChangeDataSample:
    sample = ChangeDataSample(metainfo={"pair_id": pair_id})
    sample.set_data({"pred_caption": caption, "gt_captions": ["a road", "one road"], **fields})
    return sample


def _dump(path, samples) -> None:
    evaluator = Evaluator(METRICS.build({"type": "DumpCaptions", "out_file": str(path)}))
    evaluator.process(samples)
    assert evaluator.evaluate(len(samples)) == {}


def test_round_trip(tmp_path):
    path = tmp_path / "new" / "captions.jsonl"
    odd = 'a "road"\n\u2028 à gauche'
    _dump(
        path,
        [
            _sample("b", odd, pred_score=-0.25, change_flag=1),
            _sample("a", "there is no difference"),
        ],
    )
    assert [path.name] == [file.name for file in path.parent.iterdir()]
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").strip().split("\n")]
    references = ["a road", "one road"]
    assert lines == [
        {
            "id": "a",
            "caption": "there is no difference",
            "score": None,
            "references": references,
            "flag": None,
            "predicted_flag": 0,
        },
        {
            "id": "b",
            "caption": odd,
            "score": -0.25,
            "references": references,
            "flag": 1,
            "predicted_flag": 1,
        },
    ]
    first, second = read_captions(path)
    assert first == PredictedCaption("a", "there is no difference", tuple(references))
    assert second == PredictedCaption("b", odd, tuple(references), flag=1)
    assert (first.score, second.score) == (None, -0.25)


def test_failed_dump_leaves_the_old_file(tmp_path):
    path = tmp_path / "captions.jsonl"
    path.write_text("old")
    with pytest.raises(ValueError, match="came twice"):
        _dump(path, [_sample("a", "x"), _sample("a", "y")])
    assert path.read_text() == "old"


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(ValueError, match="jsonl"):
        _dump(tmp_path / "captions.json", [])


GOOD = '{"id": "a", "caption": "x", "references": ["y"]}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "{broken\n", "line 2: "),
        (GOOD + '{"id": "b", "references": ["y"]}\n', "line 2: there must be 'caption'"),
        (
            GOOD + '{"id": true, "caption": "x", "references": ["y"]}\n',
            "line 2: there must be 'id'",
        ),
        ('{"id": "a", "caption": "x", "references": []}\n', "line 1: pair 'a' has no reference"),
        (GOOD.replace("}", ', "flag": 7}'), "line 1: pair 'a' has change_flag=7"),
        (GOOD + "[1]\n", "line 2: "),
        (GOOD + "\n", "line 2: "),
        (GOOD + GOOD, "line 2: id 'a' comes twice"),
        ("", "is empty"),
    ],
)
def test_broken_file_is_named_with_its_line(tmp_path, text, message):
    path = tmp_path / "captions.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_captions(path)
    assert str(path) in str(error.value)
