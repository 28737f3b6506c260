"""Wheel and sdist bring the model, and what a build needs."""

import shutil
import subprocess
import sys
import tarfile

from test_cli.conftest import ROOT

BUILD = (
    "setup.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "MANIFEST.in",
    "requirements",
    "tools",
)
MODEL = "mmrsicc/shipped/some-model.pth"


def test_a_wheel_built_from_the_sdist_has_the_model(tmp_path):
    source, unpacked, wheel = (tmp_path / name for name in ("source", "unpacked", "wheel"))
    source.mkdir()
    for name in BUILD:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    for name in ("mmrsicc/shipped", "mmrsicc/demo", "configs/_base_", "configs/dfm"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("__init__.py", "version.py"):
        shutil.copy(ROOT / "mmrsicc" / name, source / "mmrsicc" / name)
    (source / MODEL).write_bytes(b"weights")

    def build(folder, *words):
        subprocess.run([sys.executable, "setup.py", "-q", *words], cwd=folder, check=True)

    build(source, "sdist", "--dist-dir", tmp_path)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(unpacked, filter="data")
    build(next(unpacked.iterdir()), "build_py", "--build-lib", wheel)
    for name in (MODEL, "mmrsicc/demo/pair/before.png", "mmrsicc/.mim/configs/dfm/dfm_levircc.py"):
        assert (wheel / name).is_file(), name
