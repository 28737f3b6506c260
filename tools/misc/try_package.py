"""Builds sdist and wheel, and tries the wheel where there is no clone, a training included.

The sdist is made of the files that git knows, and the wheel of the sdist: both must hold all
that is needed. The wheel is laid into an empty folder without its dependencies, which come from the
environment that runs this, and commands are run from another empty folder without a network. Needs
the package `build`.

    python tools/misc/try_package.py --out dist
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]
PAIRS = "data/SynthCC-tiny"
TRAIN = (
    *("train", "configs/dfm/dfm_synthcc-tiny.py", "--work-dir", "work", "--cfg-options"),
    *("model.encoder.change_detector=None", "model.encoder.backbone.init_cfg=None"),
    *("model.losses=None", "custom_hooks=[]", "train_cfg.max_epochs=1", "train_cfg.val_interval=1"),
    *("train_dataloader.num_workers=0", "train_dataloader.persistent_workers=False"),
    *("val_dataloader.num_workers=0", "val_dataloader.persistent_workers=False"),
    "train_dataloader.batch_size=4",
)
COMMANDS = (
    ("--help",),
    ("info",),
    ("print-config", "configs/dfm/dfm_levircc.py"),
    ("synthcc", PAIRS, "--num-pairs", "20", "--size", "128"),
    TRAIN,
    ("caption", f"{PAIRS}/images/test/A", f"{PAIRS}/images/test/B"),
    ("caption", "work/epoch_1.pth", f"{PAIRS}/images/train/A", f"{PAIRS}/images/train/B"),
)


def main() -> None:
    """Builds and tries; any failure ends it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="keep sdist and wheel in this folder")
    parser.add_argument(
        "--no-isolation", action="store_true", help="build with the setuptools that is installed"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        sdist, wheel = build(work, ["--no-isolation"] if args.no_isolation else [])
        check_sdist(sdist)
        check_wheel(wheel)
        try_commands(wheel, work)
        if args.out is not None:
            args.out.mkdir(parents=True, exist_ok=True)
            for file in (work / "dist").iterdir():
                shutil.copy(file, args.out)
    print("the package works")


def tracked() -> list[str]:
    """Files of the clone that git knows and that are there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def build(work: Path, options: list[str]) -> tuple[Path, Path]:
    """Builds the sdist, and the wheel of it."""
    with tarfile.open(work / "clone.tar", "w") as archive:
        for name in tracked():
            archive.add(ROOT / name, name)
    shutil.unpack_archive(work / "clone.tar", work / "clone")
    command = [sys.executable, "-m", "build", "--outdir", str(work / "dist"), *options]
    subprocess.run([*command, str(work / "clone")], check=True)
    return next((work / "dist").glob("*.tar.gz")), next((work / "dist").glob("*.whl"))


def check_sdist(sdist: Path) -> None:
    """Checks that all that the package is made of is in the sdist."""
    with tarfile.open(sdist) as archive:
        there = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("mmrsicc/", "configs/", "tools/", "requirements/")
    missing = sorted({name for name in tracked() if name.startswith(folders)} - there)
    if missing:
        raise SystemExit(f"{sdist.name} lacks {len(missing)} files, such as {missing[0]}")


def check_wheel(wheel: Path) -> None:
    """Checks that package, configs and tools are in the wheel whole."""
    with ZipFile(wheel) as archive:
        there = set(archive.namelist())
    wanted = {name for name in tracked() if name.startswith("mmrsicc/")}
    wanted |= {f"mmrsicc/.mim/{n}" for n in tracked() if n.startswith(("configs/", "tools/"))}
    if missing := sorted(wanted - there):
        raise SystemExit(f"{wheel.name} lacks {len(missing)} files, such as {missing[0]}")


def try_commands(wheel: Path, work: Path) -> None:
    """Runs commands of the unpacked wheel from an empty folder."""
    site, empty = work / "site", work / "empty"
    shutil.unpack_archive(wheel, site, "zip")
    empty.mkdir()
    env = {**os.environ, "PYTHONPATH": str(site), "HF_HUB_OFFLINE": "1"}
    where = [sys.executable, "-c", "import mmrsicc; print(mmrsicc.__file__)"]
    found = subprocess.run(where, cwd=empty, env=env, check=True, capture_output=True, text=True)
    if not found.stdout.startswith(str(site)):
        raise SystemExit(f"the commands would run {found.stdout.strip()}, not the wheel")
    for words in COMMANDS:
        print("mmrsicc", *words, flush=True)
        subprocess.run(
            [sys.executable, "-m", "mmrsicc.cli.main", *words], cwd=empty, env=env, check=True
        )


if __name__ == "__main__":
    main()
