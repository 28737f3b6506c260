"""Change masks at one threshold for each answer."""

import numpy as np
import pytest
import torch

from mmrsicc.evaluation.baselines.own_thresholds import (
    answers_table,
    detector_answer,
    method_answer,
    score_answers,
)
from mmrsicc.structures import IGNORED, ChangeDataSample


class Pairs(list):
    """Items as of a data set; the name of each one's image."""

    images = ()

    def get_data_info(self, index):
        return {"before_path": self.images[index] if self.images else f"{index:03}.png"}


def pairs(masks):
    """A data set whose images after show the masks."""
    items = Pairs()
    for number, mask in enumerate(masks):
        sample = ChangeDataSample(metainfo={"pair_id": f"p{number:03}"})
        sample.gt_mask = torch.from_numpy(mask)
        after = np.where(mask == 1, 200, 10).astype(np.uint8)
        dates = [np.zeros_like(after), after]
        inputs = [torch.from_numpy(np.repeat(d[None], 3, axis=0)) for d in dates]
        items.append({"inputs": inputs, "data_samples": sample})
    return items


def left(before, after):
    """What changed for one that calls the two left columns changed."""
    mask = np.zeros(before.shape[:2], np.uint8)
    mask[:, :2] = 1
    return mask


def nothing(before, after):
    return np.zeros(before.shape[:2], np.uint8)


def test_scores_are_of_all_pixels_and_means_of_all_seeds():
    first, second = np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8)
    first[:, 0] = 1
    second[0, 2:] = 1
    second[3] = IGNORED
    found = score_answers({"left": [left], "both": [left, nothing]}, pairs([first, second]))
    # 4 hits; 4 and 6 false ones, since ignored pixels count nowhere; 2 missed.
    one = {"F1": 800 / 20, "IoU": 400 / 16, "precision": 400 / 14, "recall": 400 / 6}
    assert {k: v["mean"] for k, v in found["left"]["scores"].items()} == pytest.approx(one)
    assert found["both"]["runs"] == 2
    assert found["both"]["scores"]["F1"] == {"mean": pytest.approx(400 / 20)}
    assert "precision" not in score_answers({"x": [nothing]}, pairs([first]))["x"]["scores"]


def test_intervals_are_those_of_images_drawn_again():
    random = np.random.default_rng(0)
    masks = list((random.random((12, 6, 6)) < random.random((12, 1, 1))).astype(np.uint8))
    found = score_answers({"left": [left]}, pairs(masks))["left"]["scores"]["F1"]
    truth, answer = np.array(masks), left(masks[0][..., None], None)
    hits, claimed, there = (truth * answer).sum((1, 2)), answer.sum(), truth.sum((1, 2))
    drawn = random.integers(0, 12, (20_000, 12))
    f1 = 200 * hits[drawn].sum(1) / (12 * claimed + there[drawn].sum(1))
    assert found["mean"] == pytest.approx(200 * hits.sum() / (12 * claimed + there.sum()))
    ends = np.quantile(f1, [0.025, 0.975])
    assert [found["low"], found["high"]] == pytest.approx(list(ends), abs=1)
    assert "low" not in score_answers({"l": [left]}, pairs(masks[:9]))["l"]["scores"]["F1"]


def test_tiles_of_an_image_are_one_image():
    random = np.random.default_rng(0)
    masks = list((random.random((40, 6, 6)) < 0.4).astype(np.uint8))
    tiles, whole = pairs(masks), pairs([np.vstack(masks[k::10]) for k in range(10)])
    tiles.images = [f"{k % 10}.tif" for k in range(40)]
    assert score_answers({"left": [left]}, tiles) == score_answers({"left": [left]}, whole)
    tiles.images = ["scene.tif"] * 40
    assert "low" not in score_answers({"left": [left]}, tiles)["left"]["scores"]["F1"]


def test_a_detector_sees_windows_and_a_method_its_threshold():
    seen = []

    class Detector:
        threshold = 0.5

        def probability(self, before, after):
            seen.append(before.shape)
            return after[..., 0].astype(np.float32) / 255

    class Method:
        threshold = 150

        def __call__(self, before, after):
            return after[..., 0].astype(np.float32)

    mask = (np.random.default_rng(0).random((300, 600)) < 0.3).astype(np.uint8)
    (item,) = pairs([mask])
    dates = [date.permute(1, 2, 0).numpy() for date in item["inputs"]]
    assert np.array_equal(detector_answer(Detector())(*dates), mask)
    assert len(seen) == 6 and set(seen) == {(256, 256, 3)}
    assert np.array_equal(method_answer(Method())(*dates), mask)


def test_the_table_leaves_open_what_has_no_value():
    scores = {"F1": {"mean": 40.0, "low": 30.0, "high": 50.0}, "recall": {"mean": 9.0}}
    result = {"data": "towns", "pairs": 12, "answers": {"x": {"runs": 3, "scores": scores}}}
    last = answers_table([result]).splitlines()[-1]
    assert last == "| towns | 12 | x | 3 | 40.00 [30.00, 50.00] | - | - | 9.00 |"
