"""``mmrsicc export`` tells what it leaves out; tests/test_deployment has the rest."""

from types import SimpleNamespace

import pytest

from mmrsicc.cli.main import main


@pytest.mark.parametrize("decision", [None, "a rule"])
def test_a_change_decision_that_is_left_out_is_told(decision, tmp_path, monkeypatch, capsys):
    model = SimpleNamespace(speaker=SimpleNamespace(decision=decision))
    monkeypatch.setattr("mmrsicc.apis.init_captioner", lambda *_: model)
    monkeypatch.setattr("mmrsicc.deployment.onnx_export.export_onnx", lambda *_, **__: None)
    main(["export", "model.pth", "--out", str(tmp_path)])
    assert ("change decision is not exported" in capsys.readouterr().out) == (decision is not None)
