"""What a run starts from: work dirs as kills, copies and moves leave them."""

import os
import shutil

import pytest
import torch
from mmengine import Config

from mmrsicc.utils import resume
from mmrsicc.utils.resume import final_checkpoint, newest_checkpoint, set_start

STATE = {"state_dict": {}, "optimizer": {}, "message_hub": {}, "meta": {"epoch": 1, "iter": 9}}


@pytest.fixture
def work_dir(tmp_path):
    """Epochs 2, 9 and 10, of which 9 is the best, written in another order."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("epoch_10", "epoch_2", "epoch_9"):
        torch.save({**STATE, "weights": torch.rand(100)}, folder / f"{name}.pth")
    torch.save({"state_dict": {}, "meta": {}}, folder / "best_BLEU-4_epoch_9.pth")
    (folder / "last_checkpoint").write_text(str(folder / "epoch_10.pth"))
    return folder


def forget_progress(path):
    torch.save({**STATE, "meta": {}}, path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def names(folder):
    return sorted(path.name for path in folder.glob("*.pth"))


def start(work_dir, resume=None, overwrite=False, **cfg):
    cfg = Config({"work_dir": str(work_dir), **cfg})
    set_start(cfg, resume, overwrite)
    return cfg.get("load_from"), cfg.resume


def test_the_furthest_is_the_newest(work_dir):
    later = (work_dir / "epoch_10.pth").stat().st_mtime + 10
    os.utime(work_dir / "epoch_2.pth", (later, later))
    (work_dir / "last_checkpoint").unlink()  # as where the run was killed before it was written
    assert start(work_dir, "auto") == (str(work_dir / "epoch_10.pth"), True)


@pytest.mark.parametrize("way", [shutil.copytree, shutil.move])
def test_a_copied_or_moved_work_dir_goes_on_from_its_own_files(work_dir, tmp_path, way):
    way(work_dir, tmp_path / "other")
    assert start(tmp_path / "other", "auto")[0] == str(tmp_path / "other" / "epoch_10.pth")


def test_one_that_is_not_whole_is_passed_over_in_words(work_dir, monkeypatch):
    said = []
    monkeypatch.setattr(resume, "print_log", lambda text, **_: said.append(text))
    cut(work_dir / "epoch_10.pth")
    content = bytearray((work_dir / "epoch_9.pth").read_bytes())
    middle = content.index(torch.load(work_dir / "epoch_9.pth")["weights"].numpy().tobytes())
    content[middle] ^= 255
    (work_dir / "epoch_9.pth").write_bytes(content)
    assert newest_checkpoint(work_dir) == work_dir / "epoch_2.pth"
    assert len(said) == 2
    for name, text in zip(("epoch_10.pth", "epoch_9.pth"), said, strict=True):
        assert text.startswith(f"{work_dir / name} is cut short or damaged")


def test_none_whole_is_refused_rather_than_started_anew(work_dir):
    for name in ("epoch_2.pth", "epoch_9.pth", "epoch_10.pth"):
        (work_dir / name).write_bytes(b"")
    with pytest.raises(ValueError, match=r"every checkpoint in .*work is cut short.*--overwrite"):
        start(work_dir, "auto")


def test_without_any_a_run_begins_as_its_config_says(tmp_path, work_dir):
    weights = str(work_dir / "epoch_2.pth")
    assert start(tmp_path / "empty", "auto") == (None, False)
    assert start(tmp_path / "empty", "auto", load_from=weights) == (weights, False)
    assert start(tmp_path / "empty", load_from=weights) == (weights, False)


def test_the_config_may_ask_to_resume(work_dir):
    assert start(work_dir, resume="auto") == (str(work_dir / "epoch_10.pth"), True)
    cfg = Config({"work_dir": str(work_dir), "resume": True})
    set_start(cfg)
    assert cfg.load_from == str(work_dir / "epoch_10.pth")


def test_a_new_run_overwrites_nothing_without_a_word(work_dir):
    before = names(work_dir)
    with pytest.raises(ValueError, match=r"a new run would overwrite .*best_.*epoch_9.*--resume"):
        start(work_dir)
    assert names(work_dir) == before
    assert start(work_dir, overwrite=True) == (None, False)
    assert names(work_dir) == [] and not (work_dir / "last_checkpoint").exists()


def test_a_best_one_alone_is_not_overwritten_either(work_dir):
    for path in work_dir.glob("epoch_*.pth"):
        path.unlink()
    with pytest.raises(ValueError, match=r"a new run would overwrite.*best_BLEU-4_epoch_9"):
        start(work_dir, "auto")
    assert start(work_dir, "auto", overwrite=True) == (None, False)
    assert names(work_dir) == []


def test_checkpoints_in_another_folder_are_found_and_not_overwritten(work_dir, tmp_path):
    """As MMEngine's hook writes them: into a folder of the work dir's name below out_dir."""
    hooks = {"default_hooks": {"checkpoint": {"out_dir": str(work_dir.parent)}}}
    run = tmp_path / "runs" / work_dir.name
    with pytest.raises(ValueError, match="a new run would overwrite checkpoints of"):
        start(run, **hooks)
    assert start(run, "auto", **hooks) == (str(work_dir / "epoch_10.pth"), True)
    assert start(run, overwrite=True, **hooks) == (None, False)
    assert names(work_dir) == []


def test_what_a_new_run_starts_from_is_never_removed(work_dir):
    with pytest.raises(ValueError, match=r"starts from .*epoch_9\.pth, which --overwrite would"):
        start(work_dir, overwrite=True, load_from=str(work_dir / "epoch_9.pth"))
    assert len(names(work_dir)) == 4


def test_going_on_from_an_earlier_one_drops_only_the_later(work_dir):
    earlier = str(work_dir / "epoch_2.pth")
    with pytest.raises(
        ValueError, match=r"resuming from .*epoch_2\.pth would overwrite .*epoch_10"
    ):
        start(work_dir, earlier)
    assert start(work_dir, earlier, overwrite=True) == (earlier, True)
    assert names(work_dir) == ["epoch_2.pth"]


def test_going_on_from_another_folder_keeps_what_is_there(work_dir, tmp_path):
    shutil.copytree(work_dir, tmp_path / "other")
    elsewhere = str(tmp_path / "other" / "epoch_9.pth")
    with pytest.raises(ValueError, match="would overwrite checkpoints of"):
        start(work_dir, elsewhere)
    assert start(tmp_path / "new", elsewhere) == (elsewhere, True)


@pytest.mark.parametrize("name", ["RANK", "SLURM_PROCID"])
def test_only_the_first_process_removes(work_dir, monkeypatch, name):
    before = names(work_dir)
    monkeypatch.setenv(name, "1")
    start(work_dir, overwrite=True)
    assert names(work_dir) == before


@pytest.mark.parametrize(
    ("spoil", "name", "message"),
    [
        (cut, "epoch_10.pth", r"epoch_10\.pth is cut short or damaged"),
        (lambda path: None, "best_BLEU-4_epoch_9.pth", "no optimizer and no message_hub"),
        (forget_progress, "epoch_10.pth", "has weights but no epoch and no iter"),
        (lambda path: path.unlink(), "epoch_10.pth", r"no checkpoint at .*epoch_10\.pth"),
    ],
)
def test_a_named_one_that_cannot_be_resumed_is_refused(work_dir, tmp_path, spoil, name, message):
    path = work_dir / name
    spoil(path)
    before = names(work_dir)
    for folder in (tmp_path / "new", work_dir):
        with pytest.raises((FileNotFoundError, ValueError), match=message):
            start(folder, str(path), overwrite=True)
    assert names(work_dir) == before


def test_epochs_and_iterations_are_not_compared(work_dir):
    torch.save(STATE, work_dir / "iter_500.pth")
    with pytest.raises(ValueError, match="name the one to continue from"):
        start(work_dir, "auto")


def test_a_training_ends_with_its_best_checkpoint_where_it_keeps_one(tmp_path):
    assert final_checkpoint(tmp_path, best=False) is None
    with pytest.raises(ValueError, match="no best checkpoint, though save_best is set"):
        final_checkpoint(tmp_path, best=True)
    torch.save({}, tmp_path / "best_Sm_epoch_1.pth")
    torch.save({}, tmp_path / "epoch_2.pth")
    assert final_checkpoint(tmp_path, best=True) == tmp_path / "best_Sm_epoch_1.pth"
    assert final_checkpoint(tmp_path, best=False) == tmp_path / "epoch_2.pth"
    torch.save({}, tmp_path / "best_mask_F1_epoch_2.pth")
    with pytest.raises(ValueError, match=r"several best checkpoints.*name one score in"):
        final_checkpoint(tmp_path, best=True)
