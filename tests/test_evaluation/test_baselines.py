from pathlib import Path

import numpy as np
import pytest
from mmengine import Config
from PIL import Image

from mmrsicc.datasets.caption_file import read_split
from mmrsicc.evaluation import caption_scores
from mmrsicc.evaluation.baselines.nearest_pair import nearest_pairs, pair_feature
from mmrsicc.evaluation.baselines.trivial import trivial_baselines, typical_sentences

SAME = "the scene is the same as before"
NOTHING = "no change has occurred"


def _pair(pair_id, captions, flag, **paths) -> dict:
    return {"pair_id": pair_id, "captions": captions, "change_flag": flag, **paths}


@pytest.fixture
def train() -> list[dict]:
    unchanged = [_pair(f"n{i}", [SAME, NOTHING], 0) for i in range(4)]
    changed = [
        _pair("c0", ["a road is built here", "a road is built in the scene"], 1),
        _pair("c1", ["a road is built here", "a house is built"], 1),
        _pair("c2", ["trees vanish", "a road is built here"], 1),
    ]
    return unchanged + changed


@pytest.fixture
def test_pairs() -> list[dict]:
    return [
        _pair("t0", ["a villa appears", "one villa is built"], 1),
        _pair("t1", [NOTHING, SAME], 0),
    ]


def _by_name(baselines) -> dict:
    return {baseline.name: baseline for baseline in baselines}


def _scores(baseline) -> dict[str, float]:
    references = {record.pair_id: record.references for record in baseline.records}
    return caption_scores(references, _said(baseline), ("BLEU", "ROUGE-L", "CIDEr-D")).corpus


def _said(baseline) -> dict:
    return {record.pair_id: record.caption for record in baseline.records}


def test_sentences_are_chosen_on_train(train, test_pairs):
    rows = _by_name(trivial_baselines(train, test_pairs))
    assert _said(rows["constant"]) == {"t0": SAME, "t1": SAME}
    assert _said(rows["perfect_flag"]) == {"t0": "a road is built here", "t1": SAME}
    assert [record.flag for record in rows["constant"].records] == [1, 0]
    assert rows["constant"].records[0].references == ("a villa appears", "one villa is built")
    assert rows["nearest_pair"].records == []
    assert "images" in rows["nearest_pair"].description


def test_a_human_is_measured_against_the_others(train, test_pairs):
    human = _by_name(trivial_baselines(train, test_pairs))["human"]
    changed, unchanged = human.records
    assert (changed.caption, changed.references) == ("a villa appears", ("one villa is built",))
    assert "(1 references)" in human.description
    assert (unchanged.caption, unchanged.references) == (SAME, (NOTHING, SAME))
    test_pairs[0]["captions"] = ["alone"]
    alone = _by_name(trivial_baselines(train, test_pairs))["human"]
    assert alone.records == [] and "single sentence" in alone.description


def test_given_sentences_take_the_place_of_the_chosen(train, test_pairs):
    rows = _by_name(trivial_baselines(train, test_pairs, "x", "y", NOTHING))
    assert _said(rows["constant"]) == {"t0": "x", "t1": "x"}
    assert _said(rows["perfect_flag"]) == {"t0": "y", "t1": NOTHING}
    assert _said(rows["human"])["t1"] == NOTHING


def test_other_flags_say_the_same_sentences(train, test_pairs):
    rows = _by_name(trivial_baselines(train, test_pairs, flags={"cva": ("by pixels", [0, 1])}))
    assert _said(rows["flag_cva"]) == {"t0": SAME, "t1": "a road is built here"}
    assert [record.flag for record in rows["flag_cva"].records] == [1, 0]
    assert rows["flag_cva"].description.startswith('by pixels, "a road')


def test_without_unchanged_pairs_in_train_there_is_no_perfect_flag(train, test_pairs):
    rows = _by_name(trivial_baselines(train[4:], test_pairs))
    assert rows["perfect_flag"].records == [] and rows["constant"].records
    assert rows["human"].records == [] and "no change" in rows["human"].description


@pytest.fixture(scope="module")
def levir_cc(real_data):
    path = real_data / "levir_cc" / "LevirCCcaptions.json"
    return tuple(
        [_pair(r.pair_id, r.captions, r.change_flag) for r in read_split(path, split)]
        for split in ("train", "test")
    )


def test_known_answers_on_levir_cc(levir_cc):
    train, test = levir_cc
    fixed = "some roads and houses are built on bareland"
    rows = _by_name(trivial_baselines(train, test, change_sentence=fixed))
    expected = {
        "constant": (64.56, 56.62, 53.16, 51.49, 60.60, 101.93),
        "perfect_flag": (82.29, 70.94, 64.47, 59.83, 70.41, 126.62),
    }
    for row, values in expected.items():
        assert list(_scores(rows[row]).values()) == pytest.approx(values, abs=0.01), row
    human = _scores(rows["human"])
    known = [human[name] for name in ("BLEU-4", "ROUGE-L", "CIDEr-D")]
    assert known == pytest.approx([50.41, 71.73, 127.74], abs=0.01)


def test_the_configs_say_what_is_chosen_on_train(levir_cc):
    chosen = typical_sentences(levir_cc[0])
    folder = Path(__file__).parents[2] / "configs" / "baselines"
    told = Config.fromfile(folder / "perfect-flag_levircc.py").model
    assert chosen.constant == chosen.no_change == told.sentence
    assert chosen.change == told.change_sentence
    constant = Config.fromfile(folder / "constant_levircc.py").model
    assert constant == {"type": "ConstantCaptioner", "sentence": chosen.constant}


def test_the_chosen_pair_of_sentences_beats_others_on_train(levir_cc):
    train, _ = levir_cc
    chosen = typical_sentences(train)

    def score(change, no_change):
        records = [(p["captions"], change if p["change_flag"] else no_change) for p in train[::10]]
        scores = caption_scores(
            {str(i): texts for i, (texts, _) in enumerate(records)},
            {str(i): said for i, (_, said) in enumerate(records)},
            ("BLEU", "CIDEr-D"),
        ).corpus
        return scores["BLEU-4"] + scores["CIDEr-D"]

    best = score(chosen.change, chosen.no_change)
    assert best > score("some roads and houses are built on bareland", chosen.no_change)
    assert best > score(chosen.change, NOTHING)


@pytest.fixture
def pictures(tmp_path):
    """Six pairs of noise; the three later ones are the earlier ones made a little brighter."""
    rng = np.random.default_rng(0)
    pairs = []
    for i in range(6):
        paths = {}
        for date in ("before", "after"):
            if i < 3:
                coarse = rng.integers(0, 200, (4, 4, 3), dtype=np.uint8)
                pixels = np.kron(coarse, np.ones((16, 16, 1), np.uint8))
            else:
                pixels = np.array(Image.open(pairs[i - 3][f"{date}_path"])) + 6
            paths[f"{date}_path"] = str(tmp_path / f"{i}_{date}.png")
            Image.fromarray(pixels.astype(np.uint8)).save(paths[f"{date}_path"])
        pairs.append(_pair(str(i), [f"sentence {i % 3}"], 1, **paths))
    return pairs


def test_the_nearest_pair_looks_alike(pictures):
    assert nearest_pairs(pictures[:3], pictures[3:]) == [0, 1, 2]
    rows = _by_name(trivial_baselines(pictures[:3], pictures[5:2:-1]))
    assert list(_said(rows["nearest_pair"]).values()) == [f"sentence {i}" for i in (2, 1, 0)]


def test_the_feature_tells_the_dates_apart_and_takes_any_size():
    rng = np.random.default_rng(0)
    before, after = rng.integers(0, 255, (2, 40, 50, 3), dtype=np.uint8)
    feature = pair_feature(before, after)
    assert feature.shape == (624,) and np.isfinite(feature).all()
    assert not np.allclose(feature, pair_feature(after, before))
    assert pair_feature(before, after[:30]).shape == (624,)


def test_one_kind_of_pairs_in_train_leaves_the_other_to_the_user(train, test_pairs):
    assert typical_sentences(train[:4]).no_change in (SAME, NOTHING)
    rows = _by_name(trivial_baselines(train[:4], test_pairs))
    assert rows["perfect_flag"].records == [] and rows["human"].records
    rows = _by_name(trivial_baselines(train[:4], test_pairs, change_sentence="a road"))
    assert rows["perfect_flag"].records[0].caption == "a road"
    human = _by_name(trivial_baselines(train[4:], test_pairs[:1]))["human"]
    assert human.records and "unchanged" not in human.description
