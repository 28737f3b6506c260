"""Start of a training run, and the checkpoints of its work dir that it would overwrite."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from zipfile import ZipFile

from mmengine import Config
from mmengine.logging import print_log

from mmrsicc.utils.checkpoint import read_checkpoint

#: MMEngine's names of checkpoints: by step, and best by a score.
_STEP = re.compile(r"(epoch|iter)_(\d+)\.pth")
_NUMBERED = re.compile(r"(?:best_.+_)?(epoch|iter)_(\d+)\.pth")

#: Keys that resuming needs besides the weights, and those in ``meta``; MMEngine would ignore that
#: some are missing.
_STATE, _PROGRESS = ("optimizer", "message_hub"), ("epoch", "iter")


def set_start(cfg: Config, resume: str | None = None, overwrite: bool = False) -> None:
    """Writes into a config what its run starts from.

    Args:
        cfg: Of a training, with its work dir. ``load_from`` without ``resume`` is left as it is.
        resume: "auto" for the newest whole checkpoint of the work dir, or from the beginning if
            there is none; a checkpoint's path; None for what the config says.
        overwrite: Remove the checkpoints of the work dir that the run would overwrite.

    Raises:
        FileNotFoundError: There is no such checkpoint.
        ValueError: The checkpoint cannot be resumed from, or others would be overwritten.
    """
    if resume is None and cfg.get("resume"):
        resume = cfg.get("load_from") or "auto"
    folder = checkpoint_folder(cfg)
    start = str(newest_checkpoint(folder) or "") if resume == "auto" else resume
    if resume == "auto" and not start:
        _say(f"{folder} has no checkpoint: starting from the beginning", logging.INFO)
    cfg.resume = bool(start)
    if start:
        cfg.load_from = start
    if cfg.get("load_from") is not None and "://" not in cfg.load_from:
        _check(Path(cfg.load_from), cfg.resume)
    # Last, so that nothing is removed for a run that cannot start.
    if resume != "auto" or not start:
        _clear_way(cfg, start or None, overwrite)


def checkpoint_folder(cfg: Config) -> Path:
    """Folder of a run's checkpoints.

    It is the work dir, or, with ``out_dir`` of MMEngine's checkpoint hook, a folder of the work
    dir's name in there.
    """
    out_dir = ((cfg.get("default_hooks") or {}).get("checkpoint") or {}).get("out_dir")
    if out_dir in (None, cfg.work_dir):
        return Path(cfg.work_dir)
    return Path(out_dir, Path(cfg.work_dir).name)


def final_checkpoint(folder: str | Path, best: bool) -> Path | None:
    """The checkpoint that a training ends with; None without any.

    Args:
        folder: Of the training's checkpoints.
        best: Whether it kept the best one, by ``save_best``; else it is the newest.

    Raises:
        ValueError: There is no best one, or more than one; or as :func:`newest_checkpoint`.
    """
    if not best:
        return newest_checkpoint(folder)
    found = list(Path(folder).glob("best_*.pth"))
    if not found:
        raise ValueError(
            f"{folder} has no best checkpoint, though save_best is set: it was never validated, "
            "lower train_cfg.val_interval"
        )
    if len(found) > 1:
        raise ValueError(
            f"{folder} has several best checkpoints, {sorted(path.name for path in found)}: name "
            "one score in default_hooks.checkpoint.save_best, or the file"
        )
    return found[0]


def newest_checkpoint(folder: str | Path) -> Path | None:
    """The checkpoint of a folder that is furthest in training and whole; None without any.

    Only files that lie there count. MMEngine's ``last_checkpoint`` holds a path, which is another
    run's where the folder was copied, and leads nowhere where it was moved.

    Raises:
        ValueError: None is whole, or some count epochs and some iterations.
    """
    found = [(m, path) for path in Path(folder).glob("*.pth") if (m := _STEP.fullmatch(path.name))]
    if len({match[1] for match, _ in found}) > 1:
        raise ValueError(
            f"{folder} holds checkpoints by epoch and by iteration: name the one to continue "
            "from, --resume CHECKPOINT"
        )
    for _, path in sorted(found, key=lambda item: int(item[0][2]), reverse=True):
        if is_whole(path):
            return path
        _say(f"{path} is cut short or damaged: taking the one before")
    if found:
        raise ValueError(
            f"every checkpoint in {folder} is cut short or damaged: name a whole one by --resume "
            "CHECKPOINT, or start again with --overwrite"
        )
    return None


def is_whole(path: Path) -> bool:
    """Whether a checkpoint file was written to its end, and reads back as it was written."""
    with path.open("rb") as file:
        try:
            with ZipFile(file) as archive:
                return archive.testzip() is None
        except Exception:  # Damaged archives raise many types of errors.
            return False


def _is_cut(path: Path) -> bool:
    """Whether a file begins as a checkpoint does, but is not whole."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(2) == b"PK" and not is_whole(path)


def _clear_way(cfg: Config, start: str | None, overwrite: bool) -> None:
    """Refuses to overwrite checkpoints, or removes them if that is what is asked for.

    Args:
        cfg: Of the run; what it reads is never removed.
        start: What it continues from, if it does.
        overwrite: Whether to remove.
    """
    folder, weights = checkpoint_folder(cfg), cfg.get("load_from")
    lost = _overwritten(folder, start)
    if not lost:
        return
    names = ", ".join(path.name for path in lost)
    begin = f"resuming from {start}" if start else "a new run"
    if not overwrite:
        raise ValueError(
            f"{begin} would overwrite checkpoints of {folder} ({names}): --resume continues from "
            "the newest, --work-dir DIR leaves them alone, --overwrite removes them"
        )
    if weights is not None and Path(weights).resolve() in [path.resolve() for path in lost]:
        raise ValueError(
            f"the run starts from {weights}, which --overwrite would remove: name another "
            "--work-dir"
        )
    _say(f"--overwrite: removing {names} of {folder}")
    if _is_first_process():
        for path in (*lost, Path(cfg.work_dir, "last_checkpoint")):
            path.unlink(missing_ok=True)


def _overwritten(folder: Path, start: str | None) -> list[Path]:
    """Checkpoints of a folder beyond the one that a run starts from, by name."""
    found = {p: m for p in sorted(folder.glob("*.pth")) if (m := _NUMBERED.fullmatch(p.name))}
    own = start is not None and Path(start).resolve().parent == folder.resolve()
    first = _NUMBERED.fullmatch(Path(start).name) if own and start is not None else None
    if first is None:
        return list(found)
    return [path for path, m in found.items() if m[1] == first[1] and int(m[2]) > int(first[2])]


def _check(path: Path, resume: bool) -> None:
    """Reads the checkpoint that a run starts from.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It cannot be read, or has not what resuming needs.
    """
    try:
        content = read_checkpoint(path)
    except (OSError, ValueError) as error:
        if _is_cut(path):
            raise ValueError(f"{path} is cut short or damaged: take another checkpoint") from error
        raise
    missing = [key for key in _STATE if key not in content]
    missing += [key for key in _PROGRESS if key not in content["meta"]]
    if resume and missing:
        raise ValueError(
            f"{path} has weights but no {' and no '.join(missing)}, so no run can continue from "
            "it: resume from epoch_N.pth or iter_N.pth, or start a new run with --cfg-options "
            f"load_from={path}"
        )


def _is_first_process() -> bool:
    """Whether this process may remove files; its group may not have been started yet."""
    return all(int(os.environ.get(name, 0)) == 0 for name in ("RANK", "SLURM_PROCID"))


def _say(text: str, level: int = logging.WARNING) -> None:
    print_log(text, logger="current", level=level)
