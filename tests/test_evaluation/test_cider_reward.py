"""The reward of a sentence is what the evaluation would score it, with the training set's words."""

import json

import pytest

from mmrsicc.evaluation import CiderReward, caption_scores

CAPTIONS = {
    "a": ["a house is built", "some houses are built near the road"],
    "b": ["a road appears", "a new road is built"],
    "c": ["trees are removed", "the trees are gone"],
}


def test_it_is_the_evaluations_cider(tmp_path):
    images = [
        {
            "filename": f"{name}.png",
            "filepath": "train",
            "split": "train",
            "changeflag": 1,
            "sentences": [{"raw": text, "tokens": text.split()} for text in texts],
        }
        for name, texts in CAPTIONS.items()
    ]
    path = tmp_path / "captions.json"
    path.write_text(json.dumps({"images": images}))
    reward = CiderReward(str(path))
    said = {"a": "a house is built near the road", "b": "a house", "c": "no change"}
    expected = caption_scores(CAPTIONS, said, ["CIDEr-D"]).sentences["CIDEr-D"]
    for name, text in said.items():
        assert 100 * reward(text, CAPTIONS[name]) == pytest.approx(expected[name])
    assert reward(said["a"], CAPTIONS["a"]) > 0 == reward(said["c"], CAPTIONS["c"])
