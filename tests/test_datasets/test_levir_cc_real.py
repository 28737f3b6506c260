"""The recovered part of LEVIR-CC: its splits, and that its test tiles are never trained on."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from PIL import Image

from mmrsicc.cli.main import main
from mmrsicc.datasets import LEVIRCCRealDataset, LEVIRCCRealMasks
from mmrsicc.datasets.transforms import LoadTile
from mmrsicc.datasets.verify import verify_mask_dataset
from mmrsicc.registry import DATASETS

CONFIGS = Path(__file__).parents[2] / "configs" / "_base_" / "datasets"
SPLITS = {"train": 762, "val": 122, "test": 631, "test_extra": 73}


@pytest.fixture
def tiles(tmp_path):
    """Four tiles; one of the official split `val` is to be trained on."""
    records = []
    for folder, split in (("train", "train"), ("val", "train"), ("val", "val"), ("test", "test")):
        name = f"{folder}_{len(records):06d}.png"
        sentence = {"tokens": ["a", "house", "appears"]}
        records.append(
            {"filename": name, "filepath": folder, "split": split, "sentences": [sentence] * 5}
        )
        for value, kind in ((0, "A"), (100, "B"), (255, "label")):
            place = tmp_path / "images" / folder / kind
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((8, 8, 3), value, np.uint8)).save(place / name)
    (tmp_path / "LevirCCcaptions.json").write_text(json.dumps({"images": records}))
    return tmp_path


def test_split_and_folder_are_two_things(tiles):
    masks = LEVIRCCRealMasks(str(tiles), source_dataset="test")
    assert [masks[i]["pair_id"] for i in range(len(masks))] == ["train_000000", "val_000001"]
    assert masks[1]["mask_path"] == str(tiles / "images" / "val" / "label" / "val_000001.png")
    captions = LEVIRCCRealDataset(data_root=str(tiles), caption_mode="first")
    for key in ("before_path", "after_path"):
        assert [captions[i][key] for i in range(2)] == [masks[i][key] for i in range(2)]
    assert masks.metainfo["source_dataset"] == "test"
    assert captions.metainfo["dataset_name"] == "LEVIR-CC, recovered part"


@pytest.mark.parametrize("kind", ["LEVIRCCRealDataset", "LEVIRCCRealMasks"])
@pytest.mark.parametrize("split", ["test", "test_extra", "left_out"])
def test_tiles_of_the_test_split_are_not_trained_on(tiles, kind, split):
    options = {"type": kind, "data_root": str(tiles), "split": split, "lazy_init": True}
    if kind == "LEVIRCCRealMasks":
        options["source_dataset"] = "test"
    with pytest.raises(ValueError, match=f"{split}.*nothing is trained on.*test_mode=True"):
        DATASETS.build(options)
    assert DATASETS.build({**options, "test_mode": True}).test_mode


def test_a_missing_mask_is_told(tiles):
    (tiles / "images" / "val" / "label" / "val_000001.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks 1 image .*val_000001\.png"):
        LEVIRCCRealMasks(str(tiles), source_dataset="test")


def test_verification_takes_the_files_that_are_read(tiles):
    masks = LEVIRCCRealMasks(str(tiles), source_dataset="test", lazy_init=True)
    assert verify_mask_dataset(masks) == []
    missing = tiles / "images" / "val" / "label" / "val_000001.png"
    missing.unlink()
    (tiles / "images" / "train" / "A" / "train_000000.png").write_bytes(b"no picture")
    first, second = verify_mask_dataset(masks)
    assert first.kind == "missing image" and f"no image {missing} of" in first.message
    assert "train_000000.png" in second.message
    masks.caption_file.unlink()
    assert [fault.kind for fault in verify_mask_dataset(masks)] == ["unreadable list of pairs"]


def test_the_command_verifies_each_split(tiles):
    place = f'type="LEVIRCCRealMasks", data_root="{tiles}", source_dataset="x", test_mode=True'
    config, splits = tiles / "config.py", ("train", "val", "test")
    config.write_text(
        "\n".join(f'{s}_dataloader = dict(dataset=dict({place}, split="{s}"))' for s in splits)
    )
    with redirect_stdout(StringIO()) as said:
        main(["verify", str(config)])
    assert said.getvalue() == "4 pairs checked, no fault found\n"


def test_pairs_that_are_named_alone_are_read(tiles):
    (tiles / "few.txt").write_text("val_000001.png\n")
    for pairs in (["val_000001"], "few.txt"):
        masks = LEVIRCCRealMasks(str(tiles), source_dataset="test", pairs=pairs)
        assert [record["pair_id"] for record in masks] == ["val_000001"]
    with pytest.raises(ValueError, match=r"1 pair .*split 'train'.*the first: val_000002.*pairs"):
        LEVIRCCRealMasks(str(tiles), source_dataset="test", pairs=["val_000001", "val_000002"])


def test_pairs_are_cut_into_tiles(tiles):
    options = {"source_dataset": "test", "tile_size": 6, "pairs": ["train_000000"]}
    masks = LEVIRCCRealMasks(str(tiles), tile_overlap=4, pipeline=[LoadTile()], **options)
    names = [f"train_000000_{x}_{y}" for y in (0, 2) for x in (0, 2)]
    assert [masks.get_data_info(i)["pair_id"] for i in range(len(masks))] == names
    assert masks[3]["before"].shape == (6, 6, 3) and masks[3]["gt_mask"].shape == (6, 6)


@pytest.mark.parametrize("split", SPLITS)
def test_the_real_splits(real_data, split):
    root = str(real_data / "levir_cc_real")
    test_mode = split.startswith("test")
    captions = LEVIRCCRealDataset(
        data_root=root, split=split, caption_mode="first", test_mode=test_mode
    )
    masks = LEVIRCCRealMasks(root, split, source_dataset="test", test_mode=test_mode)
    assert len(captions) == len(masks) == SPLITS[split]
    official = {Path(masks.get_data_info(i)["mask_path"]).parts[-3] for i in range(len(masks))}
    assert official == ({"test"} if test_mode else {"train", "val"})


@pytest.mark.parametrize("name", ["levir_cc_real", "levir_cc_real_masks", "cdd_mini"])
@pytest.mark.parametrize("size", [256, 128])
def test_the_configs_give_batches(real_data, monkeypatch, name, size):
    monkeypatch.setenv("MMRSICC_DATA", str(real_data))
    init_default_scope("mmrsicc")
    config = Config.fromfile(CONFIGS / f"{name}{'' if size == 256 else '_128'}.py")
    expected = {"levir_cc_real": 762, "levir_cc_real_masks": 762, "cdd_mini": 500}
    for split in ("train", "val", "test"):
        if (loader := config[f"{split}_dataloader"]) is None:
            continue
        loader.update(num_workers=0, persistent_workers=False, batch_size=2)
        built = Runner.build_dataloader(loader, seed=0)
        batch = next(iter(built))
        assert [x.shape for date in batch["inputs"] for x in date] == [(3, size, size)] * 4
        if name != "levir_cc_real":
            assert all(s.gt_mask.shape == (size, size) for s in batch["data_samples"])
            assert all(s.gt_mask.max() <= 1 for s in batch["data_samples"])
        if split == "train":
            assert len(built.dataset) == expected[name]
