"""Planted overlaps are found, disjoint sets give none, and featureless tiles match nothing."""

import csv
import json

import numpy as np
import pytest
from data.make_levir_layout import make_levir_cc

from mmrsicc.research.leakage import (
    audit_leakage,
    images_of_config,
    images_of_folder,
    name_of_config,
    write_audit,
)


@pytest.fixture
def planted(tmp_path, texture, disguise, write_pair):
    """Two large training pairs; three of eight test pairs show parts of them."""
    large = [texture(seed, 512, 512) for seed in range(4)]
    for i in range(2):
        write_pair(tmp_path / "source/train", f"large_{i}", large[2 * i], large[2 * i + 1])
    for i in range(5):
        write_pair(tmp_path / "target/test", f"other_{i}", texture(50 + i), texture(60 + i))
    write_pair(tmp_path / "target/test", "both", large[0][256:, :256], large[1][256:, :256])
    shifted = disguise(large[3][8:264, 6:262])
    write_pair(tmp_path / "target/test", "after_only", texture(70), shifted)
    swapped = disguise(large[2][:256, 256:], gain=1.2, offset=-20)
    write_pair(tmp_path / "target/val", "swapped", texture(71), swapped)
    sea = np.full((256, 256), 70, np.uint8)
    write_pair(tmp_path / "target/val", "sea", sea, sea + 3)
    write_pair(tmp_path / "source/train", "other_sea", sea, sea + 2)
    return tmp_path


def audit_of(folder, **options):
    source = images_of_folder(folder / "source", "train")
    target = [i for split in ("val", "test") for i in images_of_folder(folder / "target", split)]
    return audit_leakage(source, target, **options)


def test_planted_tiles_are_found_and_nothing_else(planted):
    audit = audit_of(planted)
    assert audit.overlapping == {"test": ["after_only", "both"], "val": ["swapped"]}
    assert audit.pairs == {"test": 7, "val": 2} and audit.source_pairs == 3
    assert audit.tiles == (18, 18) and audit.featureless == (2, 2)
    found = {(m.target.pair_id, m.target.date): m for m in audit.matches}
    both = found["both", "before"]
    assert (both.source.pair_id, both.source.date) == ("large_0", "before")
    assert (both.source_tile.row, both.source_tile.column) == (256, 0)
    assert both.fit.ncc > 0.99 and (both.fit.down, both.fit.right) == (0, 0)
    after = found["after_only", "after"]
    assert (after.fit.down, after.fit.right) == (-8, -6) and after.dates == "after = after"
    assert found["swapped", "after"].dates == "before = after"
    assert audit.dates == {"after = after": 2, "before = after": 1, "before = before": 1}


def test_disjoint_sets_do_not_overlap(tmp_path, texture, write_pair):
    for i in range(6):
        write_pair(tmp_path / "source/train", str(i), texture(100 + i), texture(110 + i))
        write_pair(tmp_path / "target/test", str(i), texture(120 + i), texture(130 + i))
    audit = audit_leakage(
        images_of_folder(tmp_path / "source", "train"),
        images_of_folder(tmp_path / "target", "test"),
        oriented=True,
    )
    assert audit.matches == [] and audit.overlapping == {"test": []}


def test_tiles_off_the_grid_and_turned_tiles_need_their_options(
    tmp_path, texture, disguise, write_pair
):
    large = texture(5, 512, 512)
    write_pair(tmp_path / "source/train", "large", large, large)
    off, turned = large[128:384, 130:386], np.rot90(large[:256, :256])
    write_pair(tmp_path / "target/test", "off", disguise(off), texture(80))
    write_pair(tmp_path / "target/test", "turned", disguise(turned), texture(81))
    source = images_of_folder(tmp_path / "source", "train")
    target = images_of_folder(tmp_path / "target", "test")
    assert audit_leakage(source, target).overlapping == {"test": []}
    assert audit_leakage(source, target, step=128).overlapping == {"test": ["off"]}
    assert audit_leakage(source, target, oriented=True).overlapping == {"test": ["turned"]}


def test_the_files_agree(planted):
    audit = audit_of(planted)
    content = write_audit(audit, planted / "out", {"source": "<source>", "target": "target"})
    assert json.loads((planted / "out/leakage.json").read_text()) == content
    assert content["splits"] == {
        "test": {"pairs": 7, "overlapping": 2},
        "val": {"pairs": 2, "overlapping": 1},
    }
    listed = (planted / "out/overlap.txt").read_text().splitlines()
    assert listed == ["test\tafter_only", "test\tboth", "val\tswapped"]
    with (planted / "out/matches.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(content["matches"]) == 4
    assert {row["pair_id"] for row in rows} == {"after_only", "both", "swapped"}
    page = (planted / "out/leakage.html").read_text()
    assert "3 of 9 pairs show what the source shows" in page and page.count("<article>") == 3
    assert "&lt;source&gt;" in page and "http" not in page.replace("http-equiv", "")


def test_an_empty_side_is_refused(planted):
    with pytest.raises(FileNotFoundError, match=r"no image in .*nowhere"):
        images_of_folder(planted / "nowhere", "train")
    with pytest.raises(ValueError, match="the source has no image"):
        audit_leakage([], images_of_folder(planted / "target", "test"))


def test_an_image_in_two_splits_is_refused(tmp_path, texture, write_pair):
    write_pair(tmp_path, "flat", texture(0), texture(1))
    images = images_of_folder(tmp_path, "val")
    both = images + images_of_folder(tmp_path, "test")
    for sides in ((both, images), (images, both)):
        with pytest.raises(ValueError, match=r"flat\.png of the .* in split 'val' and in 'test'"):
            audit_leakage(*sides)


def test_images_of_a_tiled_data_set_are_whole_and_come_once(tmp_path, texture, write_pair):
    write_pair(tmp_path, "large", texture(0, 512, 512), texture(1, 512, 512))
    (tmp_path / "label").symlink_to(tmp_path / "A")
    dataset = {
        "type": "ChangeDetectionDataset",
        "data_root": str(tmp_path),
        "source_dataset": "fabricated",
        "tile_size": 256,
        "tile_overlap": 64,
        "pipeline": [{"type": "LoadTile"}],
    }
    (tmp_path / "tiled.py").write_text(f"train_dataloader = dict(dataset={dataset})")
    images = images_of_config(tmp_path / "tiled.py", "train")
    assert [(i.pair_id, i.date) for i in images] == [("large", "before"), ("large", "after")]
    assert name_of_config(tmp_path / "tiled.py", "train") == "fabricated"
    with pytest.raises(ValueError, match="has no test_dataloader"):
        images_of_config(tmp_path / "tiled.py", "test")


def test_a_real_test_pair_is_found_among_real_tiles(real_data):
    """LEVIR-CC's test_000019 is the third tile of LEVIR-CD's test_2."""
    source = images_of_folder(real_data / "change_detection/levir_cd", "test")
    audit = audit_leakage(source, images_of_folder(real_data / "levir_cc_mini", "test"))
    assert audit.overlapping == {"test": ["test_000019"]}
    assert {m.source.pair_id for m in audit.matches} == {"test_2_0000_0512"}


def test_images_are_called_by_the_split_that_a_test_would_name(tmp_path):
    root = make_levir_cc(tmp_path / "r", pairs=(1, 2, 3))
    config = tmp_path / "config.py"
    config.write_text(
        f"test_dataloader = dict(dataset=dict(type='LEVIRCCDataset', data_root={str(root)!r}, "
        "split='test'))"
    )

    def splits(*options):
        return [image.split for image in images_of_config(config, *options)]

    assert splits("test") == ["test"] * 6
    assert splits("test", {"test_dataloader.dataset.split": "val"}) == ["val"] * 4
    with pytest.raises(ValueError, match="has no train_dataloader"):
        splits("train")
    # A further split has no loader of its own.
    captions = root / "LevirCCcaptions.json"
    captions.write_text(captions.read_text().replace('"val"', '"test_extra"'))
    (root / "images" / "val").rename(root / "images" / "test_extra")
    assert splits("test_extra") == ["test_extra"] * 4
