"""A checkpoint as MCCFormers' authors save one: whole modules, of the stored names and shapes."""

from collections.abc import Mapping
from pathlib import Path

import torch
from test_converters.formula import fill
from torch import Tensor, nn

#: Of their network in miniature, with a backbone that makes maps of its 6 channels.
CONFIG = """
_base_ = ["{root}/configs/mccformers/mccformers-d_levircc.py"]

model = dict(
    encoder=dict(
        backbone=dict(
            depth=18,
            stem_channels=6,
            base_channels=6,
            num_stages=1,
            strides=(1,),
            dilations=(1,),
            out_indices=(0,),
            frozen_stages=1,
            init_cfg=dict(checkpoint="{folder}/backbone.pth"),
        ),
        neck=dict(dims=8, grid_size=4),
    ),
)
loader = dict(num_workers=0, persistent_workers=False)
test_dataloader = dict(**loader, dataset=dict(data_root="{folder}"))
val_dataloader = test_dataloader
test_evaluator = dict(type="ChangeCaptionMetric", scorers=("BLEU",))
val_evaluator = test_evaluator
work_dir = "{folder}/work"
"""


def module_of(tensors: Mapping[str, Tensor]) -> nn.Module:
    """A tree of modules whose state dict these tensors are."""
    root = nn.Module()
    for name, tensor in tensors.items():
        *path, last = name.split(".")
        module = root
        for step in path:
            if step not in module._modules:
                module.add_module(step, nn.Module())
            module = module.get_submodule(step)
        module.register_buffer(last, tensor)
    return root


def write_mccformers(path: Path, shapes: Mapping[str, list[int]]) -> None:
    """Writes modules, an optimizer and a number, as their train.py does."""
    weights = fill(shapes)
    parts = {
        part: module_of({k[8:]: v for k, v in weights.items() if k.startswith(f"{part}.")})
        for part in ("encoder", "decoder")
    }
    torch.save({"epoch": 9, **parts, "decoder_optimizer": None}, path)


def write_backbone(path: Path) -> dict[str, Tensor]:
    """Writes weights for the backbone of :data:`CONFIG`."""
    from mmpretrain.models import ResNet

    torch.manual_seed(1)
    slim = dict(stem_channels=6, base_channels=6, num_stages=1, strides=(1,), dilations=(1,))
    weights = ResNet(18, out_indices=(0,), **slim).state_dict()
    torch.save(weights, path)
    return weights
