"""Models by name, config and checkpoint."""

from pathlib import Path

import pytest
import torch
from mmengine import Config
from test_apis.conftest import MODEL_CONFIG, SPECIALS

from mmrsicc import shipped
from mmrsicc.apis import (
    ChangeCaptionInferencer,
    get_model,
    init_captioner,
    list_models,
)
from mmrsicc.models.captioners import ChangeCaptioner
from mmrsicc.registry import MODELS
from mmrsicc.utils import config_file

CONFIGS = Path(__file__).parents[2] / "configs"


def test_the_listed_models_are_the_captioners():
    names = list_models()
    assert names == sorted(names) and "dfm_levircc" in names
    assert not any(name.startswith(("siamese", "constant")) for name in names)
    assert list_models("dfm_synthcc*") == [n for n in names if n.startswith("dfm_synthcc")]
    assert list_models("no such model") == []


def test_models_are_listed_without_reading_their_configs(monkeypatch):
    """To read over a hundred took half a minute."""
    monkeypatch.setattr(Config, "fromfile", lambda *args, **options: pytest.fail("read"))
    assert "rscama_levircc" in list_models()


def test_a_name_is_as_good_as_its_config(tmp_path, monkeypatch, checkpoint):
    (tmp_path / "configs" / "noise").mkdir(parents=True)
    config = tmp_path / "configs" / "noise" / "noise_none.py"
    config.write_text(MODEL_CONFIG)
    (tmp_path / "configs" / "_base_").mkdir()
    (tmp_path / "configs" / "_base_" / "default_runtime.py").touch()
    monkeypatch.setattr(config_file, "_PACKAGE", tmp_path / "mmrsicc")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    assert list_models() == ["noise_none"]
    weights = torch.load(checkpoint)["state_dict"]
    for name in ("noise_none", str(config), config):
        for model in (
            get_model(name, checkpoint),
            ChangeCaptionInferencer(name, checkpoint, device="cpu").model,
        ):
            assert not model.training and len(model.losses) == 0
            for key, value in model.state_dict().items():
                assert torch.equal(value, weights[key])


def test_configs_inside_an_installed_package_are_found(tmp_path, monkeypatch):
    inside = tmp_path / "mmrsicc" / ".mim" / "configs"
    for folder, name in (("_base_", "default_runtime"), ("noise", "noise_none")):
        (inside / folder).mkdir(parents=True)
        (inside / folder / f"{name}.py").write_text(MODEL_CONFIG)
    monkeypatch.setattr(config_file, "_PACKAGE", tmp_path / "mmrsicc")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    assert list_models() == ["noise_none"]


def test_a_package_without_configs_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(config_file, "_PACKAGE", tmp_path / "mmrsicc")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="pip install -e"):
        list_models()


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"no model 'dfm_levir': did you mean dfm_levircc or "):
        get_model("dfm_levir")
    with pytest.raises(ValueError, match=r"no model 'dfm-smal': did you mean dfm-small"):
        get_model("dfm-smal")
    with pytest.raises(ValueError, match=r"no model 'qqq': give a config file, or a name that"):
        get_model("qqq")
    with pytest.raises(FileNotFoundError, match=r"no config at gone\.py"):
        get_model("gone.py")


def test_without_weights_the_vocabulary_must_be_there():
    cfg = Config.fromstring(MODEL_CONFIG, ".py")
    with pytest.raises(FileNotFoundError, match=r"no/such/LevirCCcaptions\.json"):
        init_captioner(cfg, None)
    cfg.model.speaker.tokenizer = {"type": "Vocabulary", "words": [*SPECIALS, "house"]}
    assert init_captioner(cfg, None).speaker.head.classifier.out_features == 5


def test_the_users_config_is_left_alone(checkpoint):
    cfg = Config.fromstring(MODEL_CONFIG, ".py")
    init_captioner(cfg, checkpoint, decoding={"type": "BeamSearch"})
    assert cfg.to_dict() == Config.fromstring(MODEL_CONFIG, ".py").to_dict()


def test_a_captioner_of_ones_own_may_have_any_name(checkpoint, monkeypatch):
    class Teller(ChangeCaptioner):
        pass

    monkeypatch.setitem(MODELS.module_dict, "Teller", Teller)
    cfg = Config.fromstring(MODEL_CONFIG.replace('"ChangeCaptioner"', '"Teller"'), ".py")
    assert type(init_captioner(cfg, checkpoint)) is Teller


def test_a_config_of_something_else_is_refused(checkpoint):
    with pytest.raises(ValueError, match="holds no captioner"):
        init_captioner(CONFIGS / "change_detection" / "siamese_mit-b1_sysu.py", checkpoint)


def test_a_config_without_a_test_pipeline_is_refused(checkpoint):
    cfg = Config.fromstring(MODEL_CONFIG, ".py")
    cfg.pop("test_dataloader")
    with pytest.raises(ValueError, match="no test_dataloader"):
        ChangeCaptionInferencer(cfg, checkpoint, device="cpu")
