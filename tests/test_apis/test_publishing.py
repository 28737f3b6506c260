"""From the checkpoint of a training to a file that is given away."""

import io

import numpy as np
import pytest
import torch
from test_apis.conftest import MODEL_CONFIG, write_checkpoint

from mmrsicc.apis import ChangeCaptionInferencer, publishing
from mmrsicc.apis.model_facts import model_facts
from mmrsicc.apis.publishing import halved, publish
from mmrsicc.registry import TOKENIZERS
from mmrsicc.tokenizers import Vocabulary


class OwnWords(Vocabulary):
    """A tokenizer of one's own."""

    def to_dict(self):
        return {**super().to_dict(), "type": "OwnWords"}


@pytest.fixture
def training(checkpoint, tmp_path):
    """A checkpoint as a training leaves it, with all that captioning does not need."""
    content = torch.load(checkpoint, weights_only=True)
    meta = content["meta"]
    for place, names in (
        ("channels=8,", "checkpoint='no/detector.pth', made_by='train',"),
        ("embed_dims=8,", "init_cfg=dict(type='Pretrained', checkpoint='no/backbone.pth'),"),
    ):
        meta["cfg"] = meta["cfg"].replace(place, f"{place} {names}")
        assert names in meta["cfg"]
    meta |= {"epoch": 3, "hook_msgs": {}, "time": "20260101"}
    meta["mmrsicc"] |= {
        "command": "/home/me/mmrsicc train /home/me/x.py --work-dir ../out/run",
        "training": {"type": "LEVIRCCDataset", "data_root": "/data/own/LEVIR-CC", "split": "train"},
    }
    content |= {
        "optimizer": {"state": torch.zeros(1000)},
        "ema_state_dict": content["state_dict"],
        "message_hub": {},
    }
    path = tmp_path / "epoch_3.pth"
    torch.save(content, path)
    return path


def test_the_file_says_the_same_in_half_the_size(training, folders, tmp_path):
    done = publish(training, None, tmp_path / "small.pth", check=folders)
    assert (done.pairs, done.different) == (5, {})
    content = torch.load(done.path, weights_only=True)
    assert content.keys() == {"state_dict", "meta"}
    weights = content["state_dict"]
    assert not any(name.startswith("losses.") for name in weights)
    assert {t.dtype for t in weights.values() if t.is_floating_point()} == {torch.float16}
    plain = io.BytesIO()
    torch.save(torch.load(training, weights_only=True)["state_dict"], plain)
    assert done.size == done.path.stat().st_size < 0.75 * plain.getbuffer().nbytes


def test_loaded_it_is_in_single_precision(training, tmp_path):
    done = publish(training, None, tmp_path / "small.pth")
    original, again = (
        ChangeCaptionInferencer(p, device="cpu").model for p in (training, done.path)
    )
    values = again.state_dict()
    assert {t.dtype for t in values.values() if t.is_floating_point()} == {torch.float32}
    for name, tensor in original.state_dict().items():
        torch.testing.assert_close(values[name], tensor, rtol=2**-11, atol=1e-7)


def test_it_needs_no_other_file_and_tells_no_folder(training, tmp_path):
    meta = torch.load(publish(training, None, tmp_path / "small.pth").path)["meta"]
    for word in ("no/", "made_by", "checkpoint", "init_cfg", "text_encoder", "ann_file"):
        assert word not in meta["cfg"], word
    told = meta["mmrsicc"]
    assert told["command"] == "mmrsicc train x.py --work-dir run"
    assert told["training"] == {
        "type": "LEVIRCCDataset", "data_root": "LEVIR-CC", "split": "train",
    }  # fmt: skip
    assert meta["epoch"] == 3 and "time" not in meta
    assert len(told["published"]["from_sha256"]) == 64


def test_the_same_checkpoint_gives_the_same_bytes(training, tmp_path):
    first, second = (publish(training, None, tmp_path / f"{n}.pth") for n in "ab")
    assert first.digest == second.digest


def test_another_sentence_is_refused_unless_allowed(training, folders, tmp_path, monkeypatch):
    monkeypatch.setattr(publishing, "halved", lambda t: (10 * t).half() if t.dim() > 1 else t)
    out = tmp_path / "out" / "small.pth"
    with pytest.raises(ValueError, match=r"of 5 pairs get another sentence .* is not written"):
        publish(training, None, out, check=folders)
    assert not list(out.parent.iterdir())
    done = publish(training, None, out, check=folders, most_different=5)
    assert 0 < len(done.different) <= 5 and out.is_file()
    for pair, (before, now) in done.different.items():
        assert pair.startswith(str(folders[0])) and before != now


def test_each_pair_of_arrays_counts(training, tmp_path, monkeypatch):
    monkeypatch.setattr(publishing, "halved", lambda t: (10 * t).half() if t.dim() > 1 else t)
    noise = np.random.default_rng(0).integers(0, 256, (4, 2, 32, 32, 3), np.uint8)
    out = tmp_path / "small.pth"
    by_pair = publish(training, None, out, check=[tuple(pair) for pair in noise], most_different=4)
    assert len(by_pair.different) > 1
    assert set(by_pair.different) <= {"pair 1", "pair 2", "pair 3", "pair 4"}


def test_numbers_that_half_precision_cannot_hold_stay():
    assert halved(torch.tensor([1.0, 65504.0])).dtype == torch.float16
    assert torch.equal(halved(torch.tensor([1e6])), torch.tensor([1e6]))
    assert halved(torch.tensor([3])).dtype == torch.int64


def test_the_pixels_of_its_training_travel_along(training, checkpoint, tmp_path):
    assert publish(training, None, tmp_path / "a.pth").gsd.least == 0.5  # LEVIR-CC's.
    assert publish(checkpoint, None, tmp_path / "b.pth").gsd is None
    done = publish(checkpoint, None, tmp_path / "c.pth", gsd=[1.0])
    assert model_facts(done.path).gsd == done.gsd and done.gsd.greatest == 1.0


def test_a_checkpoint_with_other_words_keeps_them(tmp_path):
    words = ["<pad>", "<unk>", "<start>", "<end>", "a", "pond", "new"]
    source = write_checkpoint(tmp_path / "pond.pth", words)
    done = publish(source, None, tmp_path / "small.pth")
    tokenizer = ChangeCaptionInferencer(done.path, device="cpu").model.speaker.tokenizer
    assert tokenizer.decode(tokenizer.encode("a new pond")) == "a new pond"


def test_a_tokenizer_of_ones_own_is_published_with_its_config(tmp_path, monkeypatch):
    monkeypatch.setitem(TOKENIZERS.module_dict, "OwnWords", OwnWords)
    source = write_checkpoint(tmp_path / "own.pth", tokenizer="OwnWords")
    config = tmp_path / "own.py"
    config.write_text(MODEL_CONFIG.replace('"Vocabulary"', '"OwnWords"'))
    done = publish(config, source, tmp_path / "small.pth")
    words = ChangeCaptionInferencer(config, done.path, "cpu").model.speaker.tokenizer
    assert type(words) is OwnWords and words.decode(words.encode("house road")) == "house road"
    with pytest.raises(ValueError, match="asks for the tokenizer 'OwnWords'"):
        ChangeCaptionInferencer(None, done.path, "cpu")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a/b/c.py", "c.py"),
        ("~/data/LEVIR-CC", "LEVIR-CC"),
        ("../shared/data/x", "x"),
        ("configs/dfm/x.py", "configs/dfm/x.py"),
        ("train --a.b=/x/y.pth '/p/q r'", "train --a.b=y.pth 'q r'"),
        ("a house / a road", "a house / a road"),
        ("train '/home/my name/x.py' --out /y/z.pth", "train 'x.py' --out z.pth"),
        (r"mmrsicc train C:\Users\me\x.py", "mmrsicc train x.py"),
        (r"C:/Users/me/x.py \\host\share\y.pth", "x.py y.pth"),
        ("file:///home/me/x.json", "x.json"),
        ("https://host/a/b.zip", "https://host/a/b.zip"),
    ],
)
def test_folders_that_are_left_out(text, expected):
    assert publishing._without_folders({"x": [text]}) == {"x": [expected]}
