"""Checkpoints that somebody made to run code, to fill the memory or to reach other files.

:data:`KINDS` holds by name a function that makes one at a path, out of the content of a good one.
"""

import pickle
import subprocess
import zipfile

import torch
from test_hostile_files.conftest import CANARY
from torch import nn


class Code:
    """Writes the canary when it is unpickled."""

    def __reduce__(self):
        return open, (CANARY, "w")


def _saved(path, content, **options):
    torch.save(content, path, **options)


def _tokenizer(**tokenizer):
    def make(path, good):
        good["meta"]["mmrsicc"]["tokenizer"] = tokenizer
        _saved(path, good)

    return make


def _config(line):
    """Adds a line to the config's text; the last assignment counts."""

    def make(path, good):
        good["meta"]["cfg"] += f"\n{line}\n"
        _saved(path, good)

    return make


def _model(old, new):
    """Replaces a part of the config's text."""

    def make(path, good):
        assert old in good["meta"]["cfg"]
        good["meta"]["cfg"] = good["meta"]["cfg"].replace(old, new)
        _saved(path, good)

    return make


def _in_meta(path, good):
    _saved(path, {**good, "meta": {"cfg": Code()}})


def _in_weights(path, good):
    _saved(path, {**good, "state_dict": {"weight": Code()}})


def _old_format(path, good):
    _saved(path, {**good, "x": Code()}, _use_new_zipfile_serialization=False)


def _bare_pickle(path, good):
    path.write_bytes(pickle.dumps({"state_dict": Code()}))


def _program(path, good):
    torch.jit.save(torch.jit.script(nn.ReLU()), path)


def _packed(path, good):
    """A thousandth of what it unfolds to."""
    _saved(path, {"state_dict": {"zeros": torch.zeros(10**6)}})
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _outside(path, good):
    """An archive whose members lead out of a folder."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../data.pkl", b"\x80\x02}.")


def _changed(**parts):
    def make(path, good):
        _saved(path, {**good, **parts})

    return make


TOKENIZERS = {
    "tokenizer that is a command": _tokenizer(
        type="subprocess.check_output", args=["touch", CANARY]
    ),
    "tokenizer of another module": _tokenizer(type="Evil.Tokenizer"),
    "tokenizer of another scope": _tokenizer(type="evil.Tokenizer"),
    "tokenizer that reads a file": _tokenizer(type="Vocabulary", ann_file="/etc/passwd"),
    "tokenizer without words": _tokenizer(type="Vocabulary", words={"a": 1}),
    "tokenizer of numbers": _tokenizer(type="Vocabulary", words=[1, 2, 3, 4, 5]),
    "words that control a terminal": _tokenizer(
        type="Vocabulary", words=["<pad>", "<unk>", "<start>", "<end>", "\x1b]0;owned\x07"]
    ),
    "specials that are none": _tokenizer(type="Vocabulary", words=["a"], specials=["pad"]),
}

CONFIGS = {
    "config with a call": _config(f"x = open({CANARY!r}, 'w')"),
    "config with an import": _config("import Evil"),
    "config with imports by name": _config("custom_imports = dict(imports=['Evil'])"),
    "config too deep": _config("x = " + "(" * 5000 + ")" * 5000),
    "config of another scope": _model("default_scope = 'mmrsicc'", "default_scope = 'evil'"),
    "part of another scope": _model("type='JFM'", "type='JFM', _scope_='evil'"),
    "part that is a module": _model("type='JFM'", "type='Evil'"),
    "part that is a function": _model("type='JFM'", "type='mmengine.dump'"),
    "part that is a command": _model("type='JFM'", "type='subprocess.Popen'"),
    "part that runs remote code": _model(
        "type='JFM'",
        "type='mmpretrain.AutoModelForCausalLM', name_or_path='evil', trust_remote_code=True",
    ),
    "part that runs a config": _model(
        "type='JFM'", "type='mmpretrain.ImageClassificationInferencer', model='evil.py'"
    ),
    "part that loads a foreign format": _model("type='JFM'", "type='mmpretrain.TIMMBackbone'"),
    "part that reads a model by name": _model("type='JFM'", "type='SentenceTransformerEncoder'"),
    "part of the wrong kind": _model("type='JFM'", "type='LoadPair'"),
    "detector that runs a config": _model(
        "change_detector=dict(", "change_detector=dict(config='evil.py', "
    ),
    "weights of classes in a pickle": _model("type='JFM'", "type='JFM', class_weight='evil.pkl'"),
    "step that is a function": _model("type='LoadPair'", "type='mmengine.dump'"),
    "step of another package": _model("type='LoadPair'", "type='mmpretrain.Albumentations'"),
    "search that is a function": _model("type='GreedySearch'", "type='mmengine.load'"),
}


CONFIGS |= {
    "a model of another size": _model("num_heads=4", "num_heads=7"),
    "a model of unknown settings": _model("type='JFM'", "type='JFM', no_such_setting=1"),
    "a model that is a number": _config("model = 5"),
    "a model that fills the memory": _model("dims=32", "dims=10000000000"),
    "a step of unknown settings": _model("scale=(", "scale=('x', "),
    "steps that are a word": _config("test_dataloader = dict(dataset=dict(pipeline='os.system'))"),
    "steps that are words": _config("test_dataloader = dict(dataset=dict(pipeline=['Evil']))"),
    "data that are a list": _config("test_dataloader = [1]"),
}


def _no_detector(path, good):
    """Open-CD's detector with a config file in place of ours."""
    text = good["meta"]["cfg"]
    good["meta"]["cfg"] = text.replace(
        "type='SiameseChangeDetector'", "type='OpenCDChangeDetector'"
    ).replace("change_detector=dict(", "change_detector=dict(config='evil.py', ")
    _saved(path, good)


CONFIGS["detector that runs a config"] = _no_detector

FILES = {
    "code beside the weights": _in_meta,
    "code among the weights": _in_weights,
    "code in the old format": _old_format,
    "a pickle of its own": _bare_pickle,
    "a TorchScript program": _program,
    "an archive that unfolds": _packed,
    "an archive that leads out": _outside,
    "weights that are a list": _changed(state_dict=[torch.zeros(1)]),
    "weights without numbers": _changed(state_dict={"weight": torch.zeros(1, device="meta")}),
    "sparse weights": _changed(state_dict={"weight": torch.zeros(1).to_sparse()}),
    "weights that are words": _changed(state_dict={"weight": "subprocess.Popen"}),
    "meta that is a word": _changed(meta="subprocess.Popen"),
}

KINDS = {**FILES, **TOKENIZERS, **CONFIGS}


def would_run():
    """Runs what the fixtures hold, to show that they are what they say."""
    pickle.loads(pickle.dumps(Code())).close()
    subprocess.check_output(["touch", CANARY])
