"""tools/ray_scene.py on a cluster of this machine."""

import importlib.util
import os
import signal
import sys
from pathlib import Path

import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")
pytest.importorskip("ray", reason="needs the extra ray")

import ray
from test_apis.conftest import checkpoint

from mmrsicc.cli import scene

__all__ = ["checkpoint"]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tool(monkeypatch):
    """The script as a module that is sent to the workers with its code."""
    place = importlib.util.spec_from_file_location("ray_scene", ROOT / "tools" / "ray_scene.py")
    module = importlib.util.module_from_spec(place)
    monkeypatch.setitem(sys.modules, "ray_scene", module)
    place.loader.exec_module(module)
    ray.cloudpickle.register_pickle_by_value(module)
    # Else Ray asks uv, where that started the tests, for an environment of its own.
    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    ray.init(num_cpus=3, include_dashboard=False, logging_level="error", log_to_driver=False)
    yield module
    ray.shutdown()


@pytest.mark.posix
def test_two_workers_one_of_them_lost_give_the_same_table(
    tmp_path, changed_scenes, checkpoint, tool, capsys
):
    killed = tmp_path / "killed"

    class Mortal(tool.Worker):
        def __call__(self, batch):
            if int(batch["share"][0]) == 2 and not killed.exists():
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(batch)

    words = [str(checkpoint), *changed_scenes, "--device", "cpu", "--block", "150", "--tile", "100"]
    tool.run(tool.parse_args([*words, "--out", str(tmp_path / "ray")]), Mortal)
    assert killed.exists()
    assert "4 of 4 blocks" in capsys.readouterr().out
    parser = scene.ArgumentParser()
    scene.add_arguments(parser)
    scene.run(parser.parse_intermixed_args([*words, "--out", str(tmp_path / "one")]))
    for name in ("changes.parquet", "mask.tif"):
        one, other = ((tmp_path / folder / name).read_bytes() for folder in ("ray", "one"))
        assert one == other
