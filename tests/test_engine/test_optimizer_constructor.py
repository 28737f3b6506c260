"""Which parameters decay."""

import pytest
import torch
from mmengine import ConfigDict
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from test_models.transfer_parts import DETECTOR, make_captioner
from torch import nn

from mmrsicc.models.layers.state_space import SelectiveSSM

WRAPPER = {
    "type": "OptimWrapper",
    "constructor": "SparingDecayConstructor",
    "optimizer": {"type": "AdamW", "lr": 1e-3, "weight_decay": 0.1},
}


def decays(model, **changes):
    with DefaultScope.overwrite_default_scope("mmrsicc"):
        optimizer = build_optim_wrapper(model, ConfigDict({**WRAPPER, **changes})).optimizer
    groups = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    return {n: groups[id(p)] for n, p in model.named_parameters() if p.requires_grad}


def test_weights_decay_and_what_is_no_weight_does_not(tmp_path):
    tgcl = {"type": "TGCL", "text_encoder": {"type": "HashedNgramEncoder"}, "cache_dir": tmp_path}
    model = make_captioner(change_detector=DETECTOR, losses={"tgcl": tgcl})
    groups = decays(model)
    assert not any(name.startswith("encoder.change_detector") for name in groups)
    assert len({id(group) for group in groups.values()}) == 2
    spared = {name for name, group in groups.items() if group["weight_decay"] == 0}
    assert {
        "losses.tgcl.temperature",
        "encoder.neck.position",
        "encoder.neck.scale_embedding",
        "encoder.neck.differences.0.dissimilarity_weight",
        "speaker.head.norm.weight",
        "speaker.head.classifier.bias",
    } <= spared
    assert {name for name in groups if model.get_parameter(name).ndim < 2} <= spared
    kept = set(groups) - spared
    assert {"speaker.head.embedding.weight", "speaker.head.classifier.weight"} <= kept
    assert "encoder.backbone.stem.weight" in kept
    assert all(groups[name]["weight_decay"] == 0.1 for name in kept)


def test_rates_of_state_spaces_do_not_decay():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.scan = SelectiveSSM(8, 2)
            self.A_log = nn.Parameter(torch.zeros(4, 2))

    groups = decays(Model())
    assert groups["A_log"]["weight_decay"] == 0
    assert groups["scan.log_rates"]["weight_decay"] == 0
    assert {g["weight_decay"] for g in groups.values()} == {0, 0.1}


def test_other_rates_of_a_part_stay():
    groups = decays(make_captioner(), paramwise_cfg={"custom_keys": {"backbone": {"lr_mult": 0.2}}})
    backbone = {n: g for n, g in groups.items() if n.startswith("encoder.backbone.")}
    assert {group["lr"] for group in backbone.values()} == {1e-3 * 0.2}
    assert groups["encoder.backbone.stem.bias"]["weight_decay"] == 0
    assert groups["encoder.backbone.stem.weight"]["weight_decay"] == 0.1
    assert groups["encoder.neck.position"]["lr"] == 1e-3
    with pytest.raises(ValueError, match=r"custom_keys \['backbones'\] are part of no parameter"):
        decays(make_captioner(), paramwise_cfg={"custom_keys": {"backbones": {"lr_mult": 0.2}}})


@pytest.mark.parametrize(
    "options", [{"custom_keys": {"backbone": {"decay_mult": 0.0}}}, {"norm_decay_mult": 0.0}]
)
def test_what_it_cannot_do_is_refused_with_the_fix(options):
    with pytest.raises(ValueError, match=r"takes .*lr_mult.*leave the constructor out"):
        decays(make_captioner(), paramwise_cfg=options)


def test_tables_and_learned_tokens_of_published_networks_do_not_decay():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.positions = nn.Embedding(3, 2)
            self.position_embedding = nn.Embedding(3, 2)
            self.flag = nn.Embedding(2, 2)
            self.words = nn.Embedding(3, 2)
            for name in ("prompts", "contexts", "summaries", "summary", "frame", "dates"):
                self.register_parameter(name, nn.Parameter(torch.zeros(2, 2)))
            self.project = nn.Linear(2, 2)

    groups = decays(Model())
    kept = {name for name, group in groups.items() if group["weight_decay"]}
    assert kept == {"words.weight", "project.weight"}
