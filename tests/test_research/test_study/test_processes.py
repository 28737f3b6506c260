"""What is measured or trained runs in a process of its own, also on a machine with a GPU."""

import pickle
import sys

import pytest
from mmengine import Config

from mmrsicc.research.costs.costs import in_child
from mmrsicc.research.study.run import Run, run_all
from mmrsicc.research.study.study import Study
from mmrsicc.utils.config_file import import_parts

pytestmark = pytest.mark.slow


def test_runs_start_anew_though_several_threads_have_computed(tmp_path, monkeypatch, capsys):
    """A process forked from one that has computed with OpenMP's threads can hang."""
    (tmp_path / "tells_how.py").write_text(
        "from multiprocessing import current_process\nprint(type(current_process()).__name__)"
    )
    monkeypatch.syspath_prepend(tmp_path)
    cfg = Config({"custom_imports": {"imports": ["tells_how"]}})
    run = Run(Study("s", {"a": cfg}, ("test",)), "a", 3, tmp_path / "run")
    # Nothing can be trained by this config.
    assert run_all([run], 1) == [run]
    assert "a/seed3: FAILED, 0 waiting" in capsys.readouterr().out
    assert "SpawnProcess" in (run.folder / "log.txt").read_text()


def test_what_is_measured_starts_anew_though_several_threads_have_computed():
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(usual + 1)
    try:
        assert in_child(sys.getrecursionlimit) == usual
    finally:
        sys.setrecursionlimit(usual)


def test_a_new_process_gets_the_whole_run_and_its_imports(tmp_path, monkeypatch):
    (tmp_path / "parts_of_a_user.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    cfg = Config({"model": {"type": "A"}, "custom_imports": {"imports": ["parts_of_a_user"]}})
    run = Run(Study("s", {"a": cfg}, ("test",), {}, ()), "a", 3, tmp_path)
    received = pickle.loads(pickle.dumps(run))
    assert received.config().to_dict() == run.config().to_dict()
    import_parts(received.config())
    assert "parts_of_a_user" in sys.modules
