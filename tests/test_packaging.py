"""What is packed; tools/misc/try_package.py builds the packages and tries them."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "model-index.yml")
FOLDERS = ("mmrsicc", "configs", "tools", "requirements")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What the packages are made of; nothing is written into the repository."""
    folder = tmp_path_factory.mktemp("clone")
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "mmrsicc/shipped/some-model.pth").write_bytes(b"weights")
    return folder


def setup(clone, *words):
    subprocess.run([sys.executable, "setup.py", "-q", *words], cwd=clone, check=True)


def files(folder, *names):
    return {
        path.relative_to(folder).as_posix()
        for name in names
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


def test_the_sdist_holds_all_that_the_package_is_made_of(clone):
    setup(clone, "egg_info", "--egg-base", ".")
    packed = set((clone / "mmrsicc.egg-info/SOURCES.txt").read_text().splitlines())
    assert {*FILES, *files(clone, *FOLDERS)} <= packed


def test_the_wheel_holds_configs_and_tools(clone):
    setup(clone, "build_py", "--build-lib", "built")
    built = files(clone / "built", "mmrsicc")
    assert files(clone, "mmrsicc") <= built
    assert {f"mmrsicc/.mim/{name}" for name in files(clone, "configs", "tools")} <= built
    assert "mmrsicc/.mim/model-index.yml" in built


def test_the_extra_geo_brings_all_that_scenes_import():
    lines = [(ROOT / f"requirements/{name}.txt").read_text() for name in ("runtime", "geo")]
    distributions = set(re.findall(r"^([\w-]+)", "\n".join(lines), re.M))
    names = {"cv2": "opencv-python", "PIL": "pillow", "pandas": "geopandas"}  # by its own needs
    imported = set()
    for path in (ROOT / "mmrsicc/scenes").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    packages = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names - {"mmrsicc"}
    assert len(packages) > 5
    assert {names.get(name, name) for name in packages} <= distributions
