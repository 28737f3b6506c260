"""``mmrsicc verify``: faults, counts and exit status."""

import pytest
from data.make_caption_layouts import make_dubai_cc
from data.make_levir_layout import make_change_detection, make_levir_cc
from test_cli.conftest import ROOT, command, refused

from mmrsicc.cli.verify import configured


def verify(*arguments):
    return command("verify", *arguments)


def test_a_sound_data_set_exits_with_0(tmp_path):
    done = verify(make_levir_cc(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "8 pairs checked, no fault found\n"


def test_a_data_set_without_pairs_exits_with_1(tmp_path):
    (tmp_path / "LevirCCcaptions.json").write_text('{"images": []}')
    done = verify(tmp_path)
    assert done.returncode == 1 and done.stdout.startswith("no pair found: check")


def test_faults_are_listed_and_counted_with_exit_status_1(tmp_path):
    make_levir_cc(tmp_path)
    for name in ("A/train_000000.png", "B/train_000002.png"):
        (tmp_path / "images" / "train" / name).unlink()
    done = verify(tmp_path)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.startswith("missing image: no image") for line in lines) == 2
    assert lines[-2:] == ["8 pairs checked, faults found: 2", "       2  missing image"]


def test_layout_of_masks(tmp_path):
    make_change_detection(tmp_path)
    assert verify(tmp_path, "--layout", "masks").stdout == "3 pairs checked, no fault found\n"
    renamed = tmp_path / "renamed"
    make_change_detection(renamed)
    for old, new in (("A", "time1"), ("B", "time2"), ("label", "masks")):
        (renamed / old).rename(renamed / new)
    done = verify(renamed, "--layout", "masks", "--folders", "time1", "time2", "masks")
    assert done.stdout == "3 pairs checked, no fault found\n"
    (tmp_path / "label" / "pair_0.png").write_bytes(b"")
    done = verify(tmp_path, "--layout", "masks")
    assert done.returncode == 1
    assert "label/pair_0.png" in done.stdout


def test_data_sets_of_a_config_once_each(tmp_path):
    make_dubai_cc(tmp_path)
    config = tmp_path / "config.py"
    base = ROOT / "configs" / "_base_" / "datasets" / "dubai_cc.py"
    lines = [f'_base_ = ["{base}"]']
    for split in ("train", "val", "test"):
        lines.append(f'{split}_dataloader = dict(dataset=dict(data_root="{tmp_path}"))')
    config.write_text("\n".join(lines))
    done = verify(config)
    assert done.stdout == "8 pairs checked, no fault found\n", done.stderr
    # One that differs from the others in its files is verified too.
    found = configured(str(config), {"val_dataloader.dataset.after_dir": "later"})
    assert [dataset.directories["after_path"] for dataset in found] == ["500_2010", "later"]


def test_masks_of_a_config(tmp_path):
    make_change_detection(tmp_path)
    config = tmp_path / "config.py"
    masks = f'dict(type="ChangeDetectionDataset", data_root="{tmp_path}", source_dataset="x")'
    config.write_text(f"test_dataloader = dict(dataset={masks})")
    assert verify(config).stdout == "3 pairs checked, no fault found\n"
    (tmp_path / "B" / "pair_2.png").unlink()
    done = verify(config)
    assert done.returncode == 1
    assert f"missing image: {tmp_path / 'B'} lacks pair_2" in done.stdout
    config.write_text(
        f'test_dataloader = dict(dataset=dict(type="ConcatDataset", datasets=[{masks}]))'
    )
    with pytest.raises(ValueError, match="reads a ConcatDataset: only data sets that derive from"):
        configured(str(config), {"test_dataloader.dataset.datasets.0.lazy_init": True})
    config.write_text('test_dataloader = dict(dataset=dict(type="LEVIRCDataset"))')
    with pytest.raises(KeyError, match="LEVIRCDataset is not in"):
        configured(str(config), None)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["c.py", "--ann-file", "a.json"], "--ann-file is for a folder, and c.py is a config"),
        (["c.py", "--layout", "masks"], "--layout is for a folder"),
        (["c.py", "--folders", "a", "b", "c"], "--folders is for a folder"),
        ([".", "--cfg-options", "a=1"], r"--cfg-options is for a config (.py), and . is a folder"),
        ([".", "--folders", "a", "b", "c"], "--folders is of --layout masks"),
        ([".", "--layout", "masks", "--ann-file", "x"], "--ann-file is of --layout captions"),
    ],
)
def test_options_without_effect_are_refused(words, message):
    assert message in refused("verify", *words)
