"""What every published method's captioner must do, with its tiny config."""

from pathlib import Path

import pytest
import torch
import yaml
from mmengine import Config
from mmengine.registry import init_default_scope
from test_models.parts import raw_pairs, said, sample

from mmrsicc.models.parameters import count_parameters
from mmrsicc.registry import MODELS
from mmrsicc.research.costs.flops import count_flops
from mmrsicc.tokenizers import Vocabulary
from mmrsicc.utils.checkpoint import load_weights

CONFIGS = Path(__file__).parents[2] / "configs"
METHODS = [
    "change3d/change3d",
    "chg2cap/chg2cap",
    "cnn_rnn/cnn-rnn",
    "dgat/dgat",
    "duda/duda",
    "hisem/hisem",
    "mccformers/mccformers-d",
    "mccformers/mccformers-s",
    "mci/mci",
    "pix4cap/pix4cap",
    "promptcc/promptcc",
    "psnet/psnet",
    "rscama/rscama",
    "rsiccformer/rsiccformer",
    "sen/sen",
    "sparse_focus/sparse-focus",
]
PAIRS = raw_pairs(size=128, seed=0)


def build(method, vocabulary, seed=0):
    cfg = Config.fromfile(CONFIGS / f"{method}_synthcc-tiny.py")
    init_default_scope(cfg.default_scope)
    cfg.model.encoder.backbone.pop("init_cfg", None)
    cfg.model.speaker.tokenizer = vocabulary.to_dict()
    torch.manual_seed(seed)
    return MODELS.build(cfg.model)


def read(model):
    """Features of the pairs, and what the speaker is told of them in a test."""
    features = model(PAIRS)
    return features, model.conditions(features, None, (128, 128))


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


def test_every_parameter_learns(method, vocabulary):
    model = build(method, vocabulary).train()
    for parameter in model.parameters():
        # A share that starts at nothing hides what it is a share of.
        if parameter.numel() == 1 and not parameter.any():
            parameter.data.fill_(0.5)
    samples = [sample("a house is built"), sample("a road is gone")]
    for number, one in enumerate(samples):
        one.change_flag = number
    losses = model(PAIRS, samples, mode="loss")
    sum(value for name, value in losses.items() if "loss" in name).backward()
    idle = [
        name
        for name, parameter in model.named_parameters()
        # A bias of keys shifts all weights of a query alike: the softmax does not see it.
        if parameter.requires_grad
        and not name.endswith("key.bias")
        and (parameter.grad is None or not parameter.grad.any())
    ]
    assert not idle


@torch.no_grad()
def test_incremental_decoding_equals_full_decoding(method, vocabulary):
    model = build(method, vocabulary).eval()
    ids = torch.randint(4, len(vocabulary), (2, 6), generator=torch.Generator().manual_seed(1))
    difference, told = read(model)
    head = model.speaker.head
    full, state = said(head, difference, ids, told), head.start(difference, told)
    for position in range(6):
        logits, state = head.step(ids[:, position], state)
        torch.testing.assert_close(logits, full[:, position], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_the_state_dict_is_the_whole_model(method, vocabulary):
    model, other = (build(method, vocabulary, seed).eval() for seed in (0, 1))
    ids = torch.randint(4, len(vocabulary), (2, 6), generator=torch.Generator().manual_seed(1))

    def logits(of):
        difference, told = read(of)
        return said(of.speaker.head, difference, ids, told)

    before = logits(other)
    load_weights(other, model.state_dict(), "the first")
    after = logits(other)
    assert torch.equal(after, logits(model))
    assert not torch.equal(after, before)


def test_costs_are_those_of_the_metafile(method):
    """Of the tiny config, for one pair of 128 x 128 pixels and a sentence of 42 words."""
    folder, name = method.split("/")
    metafile = yaml.safe_load((CONFIGS / folder / "metafile.yml").read_text(encoding="utf-8"))
    stated = next(m for m in metafile["Models"] if m["Name"] == f"{name}_synthcc-tiny")["Metadata"]
    words = [*("<pad>", "<unk>", "<start>", "<end>"), *(f"word{i}" for i in range(432))]
    model = build(method, Vocabulary(words=words)).eval()
    parameters = sum(part["total"] for part in count_parameters(model).values())
    assert f"{parameters / 1e6:.1f} M" == stated["Parameters"]
    assert f"{sum(count_flops(model, 128, 128, 42).values()) / 1e9:.1f} G" == stated["FLOPs"]


@torch.no_grad()
def test_each_pair_is_described_by_itself(method, vocabulary):
    model = build(method, vocabulary).eval()
    torch.testing.assert_close(
        model(PAIRS).tokens[1:], model([date[1:] for date in PAIRS]).tokens, atol=1e-4, rtol=1e-4
    )
