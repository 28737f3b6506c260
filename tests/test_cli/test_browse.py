"""Browsing: which pairs, in which state, of which kinds of data sets."""

from argparse import Namespace

import numpy as np
import pytest
from data.make_band_layout import make_bands
from data.make_levir_layout import CHANGE, make_change_detection, make_levir_cc
from PIL import Image
from test_cli.conftest import succeed

from mmrsicc import visualization
from mmrsicc.cli.browse import choose
from mmrsicc.cli.main import main

CAPTIONS = """
pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(32, 32)),
    dict(type="RandomOrientation", orientations=["flip_horizontal"]),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(
    dataset=dict(
        type="{type}",
        data_root="{root}",
        split="train",
        caption_mode="{mode}",
        metainfo=dict(mask_classes={{128: "road", 255: "building"}}),
        pipeline=pipeline,
    )
)
val_dataloader = None
test_dataloader = dict(
    dataset=dict(
        type="{type}", data_root="{root}", split="test", pipeline=pipeline, test_mode=True
    )
)
"""
MASKS = """
train_dataloader = dict(
    dataset=dict(
        type="ChangeDetectionDataset",
        data_root=["{root}/one", "{root}/two"],
        source_dataset="fabricated",
        pipeline=[dict(type="LoadPair", binary_mask=True), dict(type="PackChangeInputs")],
    )
)
"""


@pytest.fixture
def browse(monkeypatch, tmp_path):
    """Runs the command; returns what the contact sheet was given."""
    sheets = []

    def run(config, *arguments):
        monkeypatch.setattr(
            visualization,
            "contact_sheet",
            lambda pairs, **k: sheets.append((pairs, k)) or Image.new("L", (1, 1)),
        )
        main(["browse", *map(str, (config, "--out", tmp_path / "sheet.png", *arguments))])
        return sheets[-1]

    return run


@pytest.fixture
def captions(tmp_path):
    """Writes the config of a captioned data set of six pairs, odd ones changed."""

    def write(type="LEVIRMCIDataset", mode="pair"):
        root = make_levir_cc(tmp_path / "levir", pairs=(6, 1, 1), masks=True)
        config = tmp_path / "captions.py"
        config.write_text(CAPTIONS.format(root=root, type=type, mode=mode))
        return config

    return write


@pytest.fixture
def masks(tmp_path):
    """The config of a change detection data set: five pairs of which the last is unchanged."""
    make_change_detection(tmp_path / "one", pairs=2)
    make_change_detection(tmp_path / "two", pairs=3)
    Image.new("L", (16, 16)).save(tmp_path / "two" / "label" / "pair_2.png")
    config = tmp_path / "masks.py"
    config.write_text(MASKS.format(root=tmp_path))
    return config


def ids(pairs):
    return [pair["data_samples"].pair_id for pair in pairs]


@pytest.mark.parametrize("mode", ["pair", "sentence", "random", "first"])
def test_a_pair_comes_once_however_many_samples_it_is(browse, captions, mode):
    pairs, _ = browse(captions(mode=mode), "--num", 100)
    assert sorted(ids(pairs)) == [f"train_{i:06d}" for i in range(6)]


def test_the_seed_chooses(browse, captions):
    config = captions()
    first, again, other = (ids(browse(config, "--num", 3, "--seed", seed)[0]) for seed in (1, 1, 2))
    assert first == again != other and len(set(first)) == 3


def test_ids_choose_in_their_order(browse, captions):
    wanted = ["train_000004", "train_000001"]
    assert ids(browse(captions(), "--ids", *wanted, "--num", 1)[0]) == wanted


def test_flags_choose(browse, captions, masks):
    assert {i[-1] for i in ids(browse(captions(), "--changed-only")[0])} == {"1", "3", "5"}
    assert {i[-1] for i in ids(browse(captions(), "--unchanged-only")[0])} == {"0", "2", "4"}
    # Without flags the masks tell.
    changed = ids(browse(masks, "--changed-only")[0])
    assert sorted(changed) == ["one/pair_0", "one/pair_1", "two/pair_0", "two/pair_1"]
    assert ids(browse(masks, "--unchanged-only")[0]) == ["two/pair_2"]


@pytest.fixture
def tiles(masks):
    """The config of the same data set in tiles; the first of the four of each image is changed."""
    for path in masks.parent.glob("*/label/*.png"):
        pixels = np.zeros((16, 16), np.uint8)
        pixels[:8, :8] = 255
        Image.fromarray(pixels).save(path)
    text = masks.read_text().replace("LoadPair", "LoadTile")
    masks.write_text(text.replace("pipeline=", "tile_size=8, pipeline="))
    return masks


def test_each_tile_is_drawn_by_itself(browse, tiles):
    wanted = ["two/pair_1_8_0", "two/pair_1_0_0", "two/pair_1_8_8"]
    assert ids(browse(tiles, "--ids", *wanted)[0]) == wanted
    assert len(set(ids(browse(tiles, "--num", 100)[0]))) == 20
    changed = ids(browse(tiles, "--changed-only", "--num", 100)[0])
    assert len(changed) == 5 and all(name.endswith("_0_0") for name in changed)
    assert len(browse(tiles, "--unchanged-only", "--num", 100)[0]) == 15


def test_pairs_of_one_first_date_are_several():
    class Records(list):
        get_data_info = list.__getitem__

    records = Records({"pair_id": n, "before_path": "a", "after_path": n} for n in "bcb")
    asked = Namespace(seed=0, ids=None, changed_only=False, unchanged_only=False)
    assert sorted(records[i]["after_path"] for i in choose(records, asked)) == ["b", "c"]


def test_records_are_shown_as_they_are(browse, captions, tmp_path):
    ((pair,), texts) = browse(captions(), "--ids", "train_000001")
    after = np.asarray(Image.open(tmp_path / "levir/images/train/B/train_000001.png"))
    np.testing.assert_array_equal(pair["inputs"][1].permute(1, 2, 0).numpy(), after)
    sample = pair["data_samples"]
    assert sample.gt_captions == list(CHANGE) and sample.gt_mask.max() == 1
    assert "targets" not in sample and "as recorded" in texts["note"]
    assert texts["mask_names"] == {1: "road", 2: "building"}


def test_the_pipeline_s_work_is_shown(browse, captions):
    ((pair,), texts) = browse(captions(), "--ids", "train_000001", "--pipeline")
    assert [date.shape for date in pair["inputs"]] == [(3, 32, 32)] * 2
    assert pair["inputs"][1][:, :6, -6:].float().mean() == 255  # the new square, mirrored
    sample = pair["data_samples"]
    assert sample.gt_captions[0] == "a house is built in the upper right corner"
    # All are trained on, so none is in bold.
    assert set(sample.targets) == set(sample.gt_captions) and "bold" not in texts["note"]


def test_the_sentence_to_train_on_is_in_bold(browse, captions):
    config = captions(mode="first")
    ((pair,), texts) = browse(config, "--ids", "train_000001", "--pipeline")
    assert len(pair["data_samples"].targets) == 1 and "in bold" in texts["note"]


def test_no_sentence_of_the_test_split_is_one_to_train_on(browse, captions):
    pairs, texts = browse(captions(), "--split", "test", "--pipeline")
    assert "targets" not in pairs[0]["data_samples"] and "bold" not in texts["note"]


def test_a_wrong_wish_is_answered_with_what_there_is(browse, captions):
    config = captions()
    with pytest.raises(SystemExit, match=r"no pair nowhere in the train.*like train_000000"):
        browse(config, "--ids", "nowhere", "train_000000")
    with pytest.raises(SystemExit, match=r"no val_dataloader.*\['train', 'test'\]"):
        browse(config, "--split", "val")
    with pytest.raises(SystemExit, match="has no such pair"):
        browse(config, "--ids", "train_000000", "--changed-only")


def test_missing_files_are_said_in_words(browse, captions, tmp_path):
    with pytest.raises(SystemExit, match=r"nowhere\.py"):
        browse(tmp_path / "nowhere.py")
    config = captions()
    (tmp_path / "levir" / "LevirCCcaptions.json").unlink()
    with pytest.raises(SystemExit, match=r"no caption file at .*LevirCCcaptions\.json"):
        browse(config)


def test_wrong_arguments(browse, captions, capsys):
    for arguments, message in (
        (["--num", "0"], "0: give 1 or more"),
        (["--seed", "-1"], "-1: give 0 or more"),
        (["--out", "a.jpg"], "name a file that ends in .png"),
        (["--changed-only", "--unchanged-only"], "not allowed with"),
    ):
        with pytest.raises(SystemExit):
            browse(captions(), *arguments)
        assert message in capsys.readouterr().err


def test_on_the_command_line(masks, captions, tmp_path):
    for config in (masks, captions(type="LEVIRCCDataset")):
        out = tmp_path / f"{config.stem}.png"
        done = succeed("browse", config, "--num", 4, "--out", out)
        with Image.open(out) as picture:
            size = f"{picture.width} x {picture.height}"
        assert done.stdout.splitlines()[-1] == f"4 pairs drawn in {out}, {size} pixels"


def test_bands_are_drawn_as_the_pipeline_returns_them(tmp_path):
    pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
    data, out = make_bands(tmp_path / "data"), tmp_path / "bands.png"
    config = tmp_path / "bands.py"
    config.write_text(
        f"""
default_scope = "mmrsicc"
dataset = dict(
    type="ChangeCaptionDataset",
    ann_file="LevirCCcaptions.json",
    data_root={str(data)!r},
    pipeline=[
        dict(type="LoadBands", picture_bands=((3, 2, 1), (3, 2, 1))),
        dict(type="PackChangeInputs"),
    ],
)
train_dataloader = dict(dataset=dataset)
"""
    )
    succeed("browse", config, "--pipeline", "--num", 1, "--out", out)
    with Image.open(out) as picture:
        assert np.asarray(picture).std() > 10
