"""Hostile checkpoints are refused in one line wherever one can be given, and nothing runs."""

import pytest
import torch
from mmengine import Config
from PIL import Image
from test_apis.conftest import MODEL_CONFIG, write_checkpoint
from test_hostile_files.conftest import CANARY, assert_one_line
from test_hostile_files.hostile_checkpoints import CONFIGS, FILES, KINDS, TOKENIZERS, would_run

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.apis.model_facts import model_facts
from mmrsicc.apis.testing import score_checkpoint
from mmrsicc.cli.main import main


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("good") / "good.pth")


@pytest.fixture
def make(good, here):
    """Makes a checkpoint of a kind; of none, a good one."""

    def make(kind=None):
        path = here / "evil.pth"
        content = torch.load(good, weights_only=True)
        torch.save(content, path) if kind is None else KINDS[kind](path, content)
        return path

    return make


def test_what_the_fixtures_hold_would_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    would_run()
    assert (tmp_path / CANARY).exists()


def test_the_good_one_is_taken(make):
    ChangeCaptionInferencer(make(), device="cpu")


#: Allowed parts with settings that cannot be: these alone come as far as being built.
BUILT = {
    "a model of another size",
    "a model of unknown settings",
    "a model that fills the memory",
    "a step of unknown settings",
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_inferencer_refuses(make, kind):
    with pytest.raises(ValueError) as error:
        ChangeCaptionInferencer(make(kind), device="cpu")
    assert_one_line(error, "evil.pth")
    assert ("builds no model" in str(error.value)) == (kind in BUILT)


@pytest.mark.parametrize("kind", [*FILES, *TOKENIZERS])
def test_a_config_file_beside_it_does_not_help(make, kind, here):
    (here / "config.py").write_text(MODEL_CONFIG)
    with pytest.raises(ValueError) as error:
        ChangeCaptionInferencer(here / "config.py", make(kind), device="cpu")
    assert_one_line(error, "evil.pth")


@pytest.mark.parametrize("kind", ["code beside the weights", "tokenizer that is a command"])
def test_the_test_refuses(make, kind):
    cfg = Config.fromstring(MODEL_CONFIG, ".py")
    cfg.test_dataloader.dataset.type = "LEVIRCC"
    with pytest.raises(ValueError) as error:
        score_checkpoint(cfg, "config.py", str(make(kind)))
    assert_one_line(error, "evil.pth")


@pytest.mark.parametrize(
    "kind", ["code beside the weights", "tokenizer that is a command", "part that is a module"]
)
@pytest.mark.parametrize("command", ["caption", "scene"])
def test_commands_end_in_one_line(make, here, command, kind):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (64, 64)).save(name)
    options = ["--out", "out"] if command == "scene" else []
    with pytest.raises(SystemExit) as error:
        main([command, str(make(kind)), "a.png", "b.png", *options])
    assert_one_line(error, "evil.pth")


@pytest.mark.parametrize("named", ["subprocess.check_output", "Evil", "evil.Data", 5, ["x"], None])
def test_names_in_provenance_are_shown_not_looked_up(make, named):
    path = make()
    content = torch.load(path, weights_only=True)
    content["meta"]["mmrsicc"]["training"] = {"type": named, "split": "train"}
    torch.save(content, path)
    assert model_facts(path).training == f"Trained on {named} (split train)."


@pytest.mark.parametrize("provenance", ["os.system", {"training": "os.system"}, ["x"], {}])
def test_provenance_of_no_known_form_says_nothing(make, provenance):
    path = make()
    content = torch.load(path, weights_only=True)
    content["meta"]["mmrsicc"] = provenance
    torch.save(content, path)
    assert "does not say" in model_facts(path).training


def test_every_kind_is_there():
    assert len(KINDS) == len(FILES) + len(TOKENIZERS) + len(CONFIGS) >= 30
