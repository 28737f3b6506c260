"""Models of the Hugging Face Hub, from a server on loopback; their files are read, never run."""

import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file
from test_apis.hub_server import HubServer

from mmrsicc.apis import ChangeCaptionInferencer, save_pretrained
from mmrsicc.apis.hub import is_hub_name, model_card, push_to_hub
from mmrsicc.apis.model_listing import find_model
from mmrsicc.utils.hub_files import write_model

#: Uploads a checkpoint, then captions with it by its name on the Hub.
ROUND_TRIP = """
import sys
from mmrsicc.apis import ChangeCaptionInferencer, get_model, push_to_hub
from mmrsicc.cli.main import main

checkpoint, before, after = sys.argv[1:]
captioner = ChangeCaptionInferencer(checkpoint, device="cpu")
print(push_to_hub(captioner, "org/tiny", license="mit", token="hf_test"))
again = ChangeCaptionInferencer.from_pretrained("org/tiny@main", device="cpu")
(result,) = again((before, after))
print(result.caption)
assert get_model("org/tiny").speaker.tokenizer.words == captioner.model.speaker.tokenizer.words
main(["caption", "org/tiny", before, after])
for name in ("org/absent", "org/pickled"):
    try:
        main(["caption", name, before, after])
    except SystemExit as error:
        print(error)
"""


@pytest.fixture
def hub():
    server = HubServer()
    yield server
    server.shutdown()
    server.server_close()


def test_a_model_goes_to_the_hub_and_comes_back(hub, checkpoint, folders, tmp_path):
    before, after = (sorted(folder.iterdir())[0] for folder in folders)
    hub.repos["org/pickled"] = {"pytorch_model.bin": b"x", "config.json": b"{}"}
    hub.repos["org/tiny"] = {"modeling.py": b"raise SystemExit('ran')", "model.pkl": b"x"}
    env = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HUB_OFFLINE": "0"}
    env |= {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ROUND_TRIP, *map(str, (checkpoint, before, after))],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    address, *captions, absent, pickled = done.stdout.splitlines()
    assert address.startswith(hub.address)
    (own,) = ChangeCaptionInferencer(checkpoint, device="cpu")((before, after))
    assert captions == [own.caption] * 2
    assert "cannot get org/absent" in absent and "check name and network" in absent
    assert "Please make sure" not in absent
    assert (
        pickled
        == "org/pickled on the Hugging Face Hub has no model.safetensors: give another model"
    )
    assert hub.fetched == {"config.json", "model.safetensors"}
    card = hub.repos["org/tiny"]["README.md"].decode()
    assert card.startswith("---\nlicense: mit\nlibrary_name: mmrsicc\n")
    assert "mmrsicc caption org/tiny" in card


@pytest.fixture
def saved(checkpoint, tmp_path):
    return save_pretrained(ChangeCaptionInferencer(checkpoint, device="cpu"), tmp_path / "saved")


def test_the_files_hold_the_weights_in_half_precision(saved, checkpoint):
    stored = load_file(saved)
    original = ChangeCaptionInferencer(checkpoint, device="cpu").model.state_dict()
    again = ChangeCaptionInferencer(saved, device="cpu").model.state_dict()
    assert stored.keys() == original.keys() == again.keys()
    for name, value in original.items():
        half = value.half() if value.is_floating_point() else value
        assert torch.equal(stored[name], half) and torch.equal(again[name], half.to(value.dtype))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\nos.mkdir('RAN')", "more than plain values"),
        ("model = dict(type=open('RAN', 'w'))", "more than plain values"),
        ("model = dict(type='os.mkdir', path='RAN')", "no component"),
        ("custom_imports = dict(imports=['antigravity'])", "custom_imports"),
    ],
)
def test_a_config_that_is_code_is_refused_and_not_run(saved, tmp_path, monkeypatch, text, said):
    monkeypatch.chdir(tmp_path)
    config = saved.with_name("config.json")
    config.write_text(json.dumps({**json.loads(config.read_text()), "cfg": text}))
    with pytest.raises(ValueError, match=said):
        ChangeCaptionInferencer(saved, device="cpu")
    assert not (tmp_path / "RAN").exists()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda weights: weights.write_bytes(weights.read_bytes()[:-9]), "cannot be read"),
        (lambda weights: weights.write_bytes(b"\x80\x04K\x01."), "cannot be read"),  # a pickle
        (lambda weights: weights.with_name("config.json").write_text("{"), "not valid JSON"),
        (lambda weights: weights.with_name("config.json").write_text("[]"), "must hold an object"),
        (lambda weights: weights.with_name("config.json").unlink(), "needs config.json beside"),
    ],
)
def test_damaged_files_are_named(saved, damage, said):
    damage(saved)
    with pytest.raises((ValueError, FileNotFoundError), match=said):
        ChangeCaptionInferencer(saved, device="cpu")


def test_what_is_a_name_on_the_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there/is").mkdir(parents=True)
    names = ["org/model", "org/model-1.5@v2", "o/m@refs/pr/1"]
    others = ["model", "a/b/c", "configs/x.py", "x/y.pth", "../model", "/org/model", "there/is"]
    assert all(map(is_hub_name, names)) and not any(map(is_hub_name, others))


def test_a_name_that_is_none_is_not_uploaded(saved):
    captioner = ChangeCaptionInferencer(saved, device="cpu")
    for name in ("model", "org/model@main", "../model"):
        with pytest.raises(ValueError, match="give ORG/MODEL"):
            push_to_hub(captioner, name)
    assert "license" not in model_card(captioner, "org/model")


def test_the_file_of_the_weights_is_named_as_a_checkpoint_is(saved):
    assert find_model(str(saved)) == (None, saved)


def test_older_files_stay_together_until_both_new_ones_are_written(saved, monkeypatch):
    before = {path.name: path.read_bytes() for path in saved.parent.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr("safetensors.torch.save_file", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_model({"state_dict": {}, "meta": {}}, saved.parent)
    assert before == {path.name: path.read_bytes() for path in saved.parent.iterdir()}
    write_model({"state_dict": {}, "meta": {}}, saved.parent)
    assert before.keys() == {path.name for path in saved.parent.iterdir()}
    assert load_file(saved) == {}
