"""From an authors' file to a checkpoint of ours: a real method's format, and a made-up one's."""

from pathlib import Path

import numpy as np
import pytest
import torch
from test_converters.formula import inputs
from test_converters.same_network import VOCABULARY, WORDS, read_reference
from test_converters.theirs import CONFIG, module_of, write_backbone, write_mccformers
from torch import nn

import mmrsicc.converters
from mmrsicc.apis import init_captioner
from mmrsicc.converters.conversion import convert, methods
from mmrsicc.tokenizers import Vocabulary
from mmrsicc.utils.provenance import sha256

ROOT = Path(__file__).parents[2]
MADE_UP = """
from mmrsicc.utils.key_map import KeyMap

CONFIG = "configs/no/such_config.py"
PARTS = {"eyes": "eyes", "mouth": "mouth"}
KEYS = KeyMap(
    renames={r"eyes\\.net\\.(.*)": r"encoder.backbone.\\1", r"mouth\\.(.*)": r"\\1"},
    unused=(r"mouth\\.spare\\..*",),
)
END_IS_PADDING = True
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.py"
    path.write_text(CONFIG.format(root=ROOT, folder=tmp_path))
    return path


@pytest.fixture
def theirs(tmp_path):
    path = tmp_path / "checkpoint_epoch_9.pth.tar"
    write_mccformers(path, read_reference("mccformers_d")["shapes"])
    return path


def test_a_converted_checkpoint_says_what_theirs_does(config, theirs, tmp_path):
    backbone = write_backbone(tmp_path / "backbone.pth")
    conversion = convert("mccformers_d", theirs, VOCABULARY, config)
    torch.save(conversion.checkpoint(), tmp_path / "ours.pth")
    # With neither config nor vocabulary file.
    model = init_captioner(None, tmp_path / "ours.pth")
    reference = read_reference("mccformers_d")
    maps = ((inputs(date, *reference["features"]),) for date in ("before", "after"))
    with torch.no_grad():
        logits = model.speaker.head(model.encoder.neck(*maps), WORDS.unsqueeze(1)).squeeze(1)
    torch.testing.assert_close(logits, torch.tensor(reference["logits"]), atol=1e-4, rtol=0)
    assert all(torch.equal(model.encoder.backbone.state_dict()[k], v) for k, v in backbone.items())
    assert model.speaker.tokenizer.to_dict() == VOCABULARY.to_dict()


def test_a_converted_checkpoint_says_where_it_is_from(config, theirs, tmp_path):
    write_backbone(tmp_path / "backbone.pth")
    conversion = convert("mccformers_d", theirs, VOCABULARY, config)
    assert list(conversion.unused) == ["decoder.position_encoding.pe"]
    assert conversion.others == ["epoch", "decoder_optimizer"]
    origin = conversion.checkpoint()["meta"]["mmrsicc"]["converted"]
    assert origin["file"] == theirs.name and origin["sha256"] == sha256(theirs)
    assert origin["method"] == "mccformers_d" and origin["note"] == "converted, not trained here"
    assert origin["backbone"] == conversion.backbone == f"{tmp_path}/backbone.pth"


def test_what_does_not_go_together_is_named(config, theirs, tmp_path):
    more = Vocabulary(words=[*VOCABULARY.words, "more"])
    with pytest.raises(OSError, match=r"has no backbone, and .*backbone\.pth cannot be loaded"):
        convert("mccformers_d", theirs, VOCABULARY, config)
    write_backbone(tmp_path / "backbone.pth")
    with pytest.raises(ValueError, match=r"checkpoint_epoch_9.* with 12 words .*vocabulary has 13"):
        convert("mccformers_d", theirs, more, config)
    with pytest.raises(ValueError, match="checkpoint of another method"):
        convert("mccformers_s", theirs, VOCABULARY, config)
    with pytest.raises(ValueError, match=r"no method 'dudu': choose one of .*duda"):
        convert("dudu", theirs, VOCABULARY, config)
    config.write_text(config.read_text().replace("init_cfg=dict(", "init_cfg=dict(_delete_=True,"))
    text = config.read_text().replace(f'checkpoint="{tmp_path}/backbone.pth"', 'type="Constant"')
    config.write_text(text)
    with pytest.raises(ValueError, match="config names no weights for it"):
        convert("mccformers_d", theirs, VOCABULARY, config)


def test_a_backbone_file_must_hold_all_of_it(config, theirs, tmp_path):
    weights = write_backbone(tmp_path / "backbone.pth")
    torch.save({f"encoder_q.{k}": v for k, v in weights.items()}, tmp_path / "backbone.pth")
    with pytest.raises(ValueError, match=r"backbone\.pth lacks \d+ weights of the backbone"):
        convert("mccformers_d", theirs, VOCABULARY, config)


def test_a_new_method_is_one_file(config, theirs, tmp_path, monkeypatch):
    """Whole modules in half precision, a DataParallel among them, with weights left unused."""
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "made_up.py").write_text(MADE_UP)
    path = [*mmrsicc.converters.__path__, str(tmp_path / "methods")]
    monkeypatch.setattr(mmrsicc.converters, "__path__", path)
    assert "made_up" in methods()

    write_backbone(tmp_path / "backbone.pth")
    original = convert("mccformers_d", theirs, VOCABULARY, config).model.half()
    eyes, mouth = nn.Module(), nn.Module()
    eyes.net = module_of(original.encoder.backbone.state_dict())
    mouth.encoder, mouth.speaker = nn.Module(), nn.Module()
    mouth.encoder.neck = module_of(original.encoder.neck.state_dict())
    mouth.speaker.head = module_of(original.speaker.head.state_dict())
    mouth.spare = nn.Linear(2, 1)
    eyes = nn.DataParallel(eyes)
    torch.save({"eyes": eyes, "mouth": mouth, "loss": np.float64(1)}, tmp_path / "made_up.pth")
    conversion = convert("made_up", tmp_path / "made_up.pth", VOCABULARY, config)
    assert conversion.backbone is None
    tokenizer = conversion.model.speaker.tokenizer
    assert tokenizer.end_id == tokenizer.pad_id == VOCABULARY.pad_id
    assert sorted(conversion.unused) == ["mouth.spare.bias", "mouth.spare.weight"]
    expected = original.float().state_dict()
    found = conversion.checkpoint()["state_dict"]
    assert list(found) == list(expected)
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    mouth.speaker = None
    torch.save({"eyes": eyes, "mouth": mouth}, tmp_path / "made_up.pth")
    with pytest.raises(ValueError, match=r"made_up\.pth does not fit.*\n.*missing speaker\.head\."):
        convert("made_up", tmp_path / "made_up.pth", VOCABULARY, config)
