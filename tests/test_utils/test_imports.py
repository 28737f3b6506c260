"""What an import of the package costs and pulls in."""

import subprocess
import sys

import pytest

OPTIONAL = [
    "mmdet",
    "mmseg",
    "mmpretrain",
    "opencd",
    "sentence_transformers",
    "pycocoevalcap",
    "rasterio",
    "gradio",
]
# MMEngine's model package itself imports transformers where that is installed.
ALL_PARTS = "mmrsicc.models, mmrsicc.datasets, mmrsicc.evaluation, mmrsicc.engine, mmrsicc.apis"


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [("mmrsicc, mmrsicc.registry", [*OPTIONAL, "transformers"]), (ALL_PARTS, OPTIONAL)],
)
def test_importing_pulls_in_nothing_optional(modules, unwanted):
    code = f"import sys, {modules}; print([m for m in {unwanted} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
