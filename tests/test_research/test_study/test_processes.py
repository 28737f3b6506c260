"""What is measured or trained runs in a process of its own, also on a machine with a GPU."""

import pickle
import sys

import pytest
import torch
from mmengine import Config

from mmrsicc.research.costs.costs import in_child
from mmrsicc.research.study.run import Run, import_parts, start_context
from mmrsicc.research.study.study import Study


@pytest.mark.parametrize(("gpu", "method"), [(True, "spawn"), (False, "fork")])
def test_only_a_process_without_gpu_is_forked(gpu, method, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    assert start_context().get_start_method() == method


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
