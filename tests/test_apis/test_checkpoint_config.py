"""Configs out of checkpoints: read as MMEngine would, and nothing run."""

import pytest
from mmengine import Config
from test_apis.conftest import MODEL_CONFIG

from mmrsicc.apis.checkpoint_config import checkpoint_config
from mmrsicc.apis.model_listing import find_config, list_models
from mmrsicc.shipped import shipped_models


def read(text):
    return checkpoint_config({"meta": {"cfg": text}}, "model.pth")


@pytest.mark.parametrize("name", sorted({*list_models()} - {*shipped_models()}))
def test_it_is_the_config_that_was_written(name):
    cfg = Config.fromfile(find_config(name))
    assert read(cfg.pretty_text).to_dict() == cfg.to_dict()


def test_keys_that_are_no_names_survive():
    cfg = Config({"a": {"0 b": (1, -2.5, None)}, "c": [True, {"type": "mmcv.X"}], "d": {}})
    assert read(cfg.pretty_text).to_dict() == cfg.to_dict()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("open('RAN', 'w')", "is no assignment"),
        ("import os", "is no assignment"),
        ("x = open('RAN', 'w')", "calls a function"),
        ("x = dict(y=[open('RAN', 'w')])", "calls a function"),
        ("x = [open('RAN', 'w') for _ in 'x']", "more than plain values"),
        ("x = dict([('type', 'A')])", "calls a function"),
        ("x = dict(**{1: 2})", "calls a function"),
        ("x = (", "more than plain values"),
        ("model = dict(type='subprocess.Popen', args=['touch', 'RAN'])", "no component"),
        ("model = dict(neck=[dict(type='mmengine.dump', file='RAN')])", "no component"),
        ("model = dict(type='mmengine.fileio.dump')", "no component"),
        ("model = dict(type=5)", "names 5"),
        ("custom_imports = dict(imports=['antigravity'])", "custom_imports"),
    ],
)
def test_nothing_in_it_is_run(line, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message) as error:
        read(f"{Config.fromstring(MODEL_CONFIG, '.py').pretty_text}\n{line}\n")
    assert "model.pth" in str(error.value) and "give the config file" in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_without_a_config():
    with pytest.raises(ValueError, match=r"model\.pth holds no config"):
        checkpoint_config({"state_dict": {}}, "model.pth")
