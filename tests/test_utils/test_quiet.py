"""Commands and library say what they have to say, and other packages nothing."""

import os
import subprocess
import sys

import pytest
from test_cli.conftest import MMRSICC, ROOT


def output(*command):
    environment = {**os.environ, "MMRSICC_DATA": "/data"}
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("part", ["mmpretrain.ResNet", "mmseg.MixVisionTransformer"])
def test_parts_of_other_packages_come_without_their_remarks(part):
    """OneDL and compiled ops, which nothing here needs."""
    code = f"from mmrsicc.registry import MODELS; print(MODELS.get({part!r}).__name__)"
    assert output(sys.executable, "-c", code) == (f"{part.split('.')[1]}\n", "")


def test_configs_are_read_without_a_log_of_their_variables():
    config = "configs/dfm/dfm_levircc-mini.py"  # which names MMRSICC_DATA
    printed, said = output(*MMRSICC, "print-config", config)
    assert "data_root = '/data" in printed and "Using env variable" not in printed and said == ""
