"""Checkpoints: the file, what it says of itself, its config, its vocabulary; and what goes with
them."""

import io
from types import SimpleNamespace

import numpy as np
import torch
from fuzz.damage import damaged_bytes, damaged_text, odd_value
from fuzz.kind import Kind
from mmengine import Config
from test_apis.conftest import write_checkpoint
from torch import nn

from mmrsicc.apis import init_captioner
from mmrsicc.apis.checkpoint_config import checkpoint_config
from mmrsicc.apis.model_facts import model_facts
from mmrsicc.converters.pickled_modules import read_parts
from mmrsicc.models.text_encoders import cached_embeddings
from mmrsicc.research.study.run import Run
from mmrsicc.tokenizers.kept_vocabulary import kept_vocabulary
from mmrsicc.utils.checkpoint import read_checkpoint
from mmrsicc.utils.hub_files import WEIGHTS, write_model
from mmrsicc.utils.resume import set_start

PROVENANCE = {
    "training": {"type": "LEVIRCCDataset", "split": "train"},
    "selection": {"split": "val", "score": "Sm", "value": 50.0},
    "versions": {"mmrsicc": "1"},
    "command": "x",
}
RUN = Config({"model": {"type": "X", "a": [1, (2, "b")]}, "randomness": {"seed": 3}})


def checkpoint(folder):
    path = write_checkpoint(folder / "x.pth")
    content = torch.load(path, weights_only=True)
    content["meta"]["mmrsicc"] |= PROVENANCE
    # Small, so that damage reaches more than weights.
    content["state_dict"] = dict(list(content["state_dict"].items())[:3])
    torch.save(content, path)
    return path


def whole_checkpoint(folder):
    return write_checkpoint(folder / "x.pth")


def read(path):
    content = read_checkpoint(path)
    facts = model_facts(path)
    words = kept_vocabulary(content, path)
    cfg = checkpoint_config(content, path)
    return content, facts, words, cfg


def weights_are_kept(found, good, path):
    """The archive has checksums."""
    for name, tensor in found[0]["state_dict"].items():
        assert tensor.equal(good[0]["state_dict"][name])


def odd_meta(content, rng):
    """A checkpoint of other values outside its weights."""
    return saved(content, lambda loaded: loaded | {"meta": odd_value(loaded["meta"], rng)})


def odd_config(content, rng):
    """A checkpoint with damage in its config's text."""

    def changed(loaded):
        text = damaged_text(loaded["meta"]["cfg"].encode(), rng).decode("utf-8", "replace")
        return loaded | {"meta": loaded["meta"] | {"cfg": text}}

    return saved(content, changed)


def saved(content, change):
    stream = io.BytesIO()
    torch.save(change(torch.load(io.BytesIO(content), weights_only=True)), stream)
    return stream.getvalue()


def numbered(folder):
    path = checkpoint(folder)
    content = torch.load(path, weights_only=True)
    torch.save({**content, "optimizer": {}, "message_hub": {}}, folder / "epoch_1.pth")
    path.unlink()
    return folder / "epoch_1.pth"


def started(path):
    """What a run would resume from."""
    cfg = Config({"work_dir": str(path.parent)})
    set_start(cfg, "auto")
    return cfg.get("load_from")


def authors_file(folder):
    torch.save({"net": nn.Linear(2, 1), "epoch": 1}, folder / "theirs.pth")
    return folder / "theirs.pth"


def authors_pickle(folder):
    torch.save(
        {"net": nn.Linear(2, 1), "epoch": 1},
        folder / "theirs.pth",
        _use_new_zipfile_serialization=False,
    )
    return folder / "theirs.pth"


def embeddings(folder):
    path = folder / "cache.npz"
    np.savez(path, keys=np.array(["a", "b"]), embeddings=np.eye(2, dtype=np.float32))
    return path


def embedded(path):
    encoder = SimpleNamespace(name="cache", embed_dims=2, encode=lambda s: np.zeros((len(s), 2)))
    return cached_embeddings(encoder, ["a", "b"], path.parent)


def config_of_run(folder):
    path = folder / "config.py"
    path.write_text(RUN.pretty_text)
    return path


def checked(path):
    study = SimpleNamespace(config=lambda arm, seed: Config(RUN.to_dict()), splits=())
    Run(study, "arm", 0, path.parent).check()


def hub_weights(folder):
    content = read_checkpoint(checkpoint(folder))
    return write_model({"state_dict": content["state_dict"], "meta": content["meta"]}, folder)


def hub_config(folder):
    return hub_weights(folder).with_name("config.json")


KINDS = {
    "checkpoint": Kind(checkpoint, read, damaged_bytes, weights_are_kept),
    "checkpoint's meta": Kind(checkpoint, read, odd_meta, weights_are_kept),
    "checkpoint's config": Kind(checkpoint, read, odd_config, weights_are_kept),
    "model from meta": Kind(whole_checkpoint, lambda p: init_captioner(None, p), odd_meta),
    "model from a config": Kind(whole_checkpoint, lambda p: init_captioner(None, p), odd_config),
    "weights of the Hub": Kind(hub_weights, read_checkpoint),
    "config of the Hub": Kind(
        hub_config, lambda path: read_checkpoint(path.with_name(WEIGHTS)), damaged_text
    ),
    "checkpoint to resume": Kind(numbered, started),
    "authors' checkpoint": Kind(authors_file, lambda path: read_parts(path, ["net"])),
    "authors' old checkpoint": Kind(authors_pickle, lambda path: read_parts(path, ["net"])),
    "cache of embeddings": Kind(embeddings, embedded),
    "config of a study's run": Kind(config_of_run, checked, damaged_text),
}
