"""MMEngine's own loading in our processes: files and addresses, read as weights alone."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel, BaseModule
from mmengine.runner import CheckpointLoader, Runner, load_checkpoint
from test_hostile_files.conftest import CANARY, assert_one_line
from test_hostile_files.hostile_checkpoints import Code
from torch import nn
from torch.utils.data import DataLoader

from mmrsicc.utils import safe_loading
from mmrsicc.utils.checkpoint import read_checkpoint
from mmrsicc.utils.provenance import sha256


class Toy(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def forward(self, inputs, mode="loss"):
        return {"loss": self.layer(inputs).sum()}


def make_runner(folder, **options):
    return Runner(
        Toy(),
        str(folder / "work"),
        train_dataloader=DataLoader([{"inputs": torch.ones(1)}] * 2),
        train_cfg={"by_epoch": True, "max_epochs": 2},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.1}},
        experiment_name=folder.parent.name,
        default_scope="mmrsicc",  # It stays when the test ends.
        **options,
    )


@pytest.fixture
def evil(here):
    torch.save({"state_dict": Toy().state_dict(), "meta": Code()}, here / "evil.pth")
    return str(here / "evil.pth")


@pytest.fixture
def address(here, monkeypatch):
    """Where the files of ``here`` are served; PyTorch's cache is empty."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(here / "cache"))
    handler = partial(SimpleHTTPRequestHandler, directory=here)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_no_loader_of_mmengine_is_left():
    loaders = CheckpointLoader._schemes
    assert {"", "http://", "openmmlab://", "torchvision://", "mmcls://", "pavi://"} <= set(loaders)
    assert all(loader.__module__.startswith("mmrsicc.") for loader in loaders.values())


@pytest.mark.parametrize("resume", [False, True])
def test_a_run_starts_from_no_code(here, evil, resume):
    with pytest.raises(ValueError) as error:
        make_runner(here, load_from=evil, resume=resume).train()
    assert_one_line(error, "evil.pth", "weights alone")


def test_no_config_in_a_checkpoint_is_run_on_resuming(here):
    make_runner(here).train()
    path = here / "work" / "epoch_1.pth"
    content = torch.load(path, weights_only=False)  # MMEngine's own, with its log.
    content["meta"]["config"] = f"open({CANARY!r}, 'w')"
    torch.save(content, path)
    again = make_runner(here, load_from=str(path), resume=True)
    again.train()
    assert again.epoch == 2


def test_mmengines_own_checkpoints_are_read_without_their_logs(here):
    runner = make_runner(here)
    runner.train()
    content = read_checkpoint(here / "work" / "epoch_2.pth")
    assert content["meta"]["epoch"] == 2
    assert content["state_dict"]["layer.weight"].equal(runner.model.layer.weight)
    assert not any(isinstance(v, HistoryBuffer) for v in walk(content))


def walk(value):
    yield value
    for item in value.values() if isinstance(value, dict) else []:
        yield from walk(item)


def test_pretrained_weights_hold_no_code(here, evil):
    with pytest.raises(ValueError) as error:
        BaseModule(init_cfg={"type": "Pretrained", "checkpoint": evil}).init_weights()
    assert_one_line(error, "evil.pth")
    with pytest.raises(ValueError, match=r"evil\.pth"):
        load_checkpoint(Toy(), evil)


def test_addresses_are_fetched_once_and_read_safely(here, evil, address):
    torch.save({"state_dict": {"a": torch.ones(1)}}, here / "good.pth")
    for _ in range(2):
        content = CheckpointLoader.load_checkpoint(f"{address}/good.pth")
        (here / "good.pth").unlink(missing_ok=True)
        assert content["state_dict"]["a"] == 1
    with pytest.raises(ValueError) as error:
        CheckpointLoader.load_checkpoint(f"{address}/evil.pth")
    assert_one_line(error, "evil.pth")
    with pytest.raises(OSError, match=r"gone\.pth cannot be downloaded .*name it instead"):
        CheckpointLoader.load_checkpoint(f"{address}/gone.pth")


def test_addresses_of_equal_file_names_do_not_meet(here, address):
    for number, folder in enumerate(("one", "other")):
        (here / folder).mkdir()
        torch.save({"state_dict": {"a": torch.tensor(number)}}, here / folder / "model.pth")
    for number, folder in enumerate(("one", "other")):
        content = CheckpointLoader.load_checkpoint(f"{address}/{folder}/model.pth")
        assert content["state_dict"]["a"] == number


def test_models_of_lists_are_found(here, address, monkeypatch):
    weights = {"backbone.a": torch.ones(1), "head.a": torch.zeros(1)}
    torch.save({"state_dict": weights}, here / "some.pth")
    digits = sha256(here / "some.pth")[:8]
    for name in (f"some-{digits}.pth", "some-01234567.pth"):
        (here / name).write_bytes((here / "some.pth").read_bytes())
    right, wrong = f"{address}/some-{digits}.pth", f"{address}/some-01234567.pth"
    lists = {
        "get_torchvision_models": {"right": right, "wrong": wrong},
        "get_external_models": {"new": right},
        "get_deprecated_model_names": {"old": "new"},
        "get_mmcls_models": {"net": right},
    }
    for name, addresses in lists.items():
        monkeypatch.setattr(safe_loading, name, lambda addresses=addresses: addresses)
    load = CheckpointLoader.load_checkpoint
    for name in ("torchvision://right", "modelzoo://right", "openmmlab://old", "open-mmlab://new"):
        assert load(name)["state_dict"].keys() == weights.keys()
    assert load("mmcls://net")["state_dict"].keys() == {"a"}
    with pytest.raises(ValueError, match="is not as it was published"):
        load("torchvision://wrong")
    with pytest.raises(ValueError, match="torchvision://other is no known model"):
        load("torchvision://other")
    with pytest.raises(ValueError, match="in a store that is not read"):
        load("s3://bucket/x.pth")
