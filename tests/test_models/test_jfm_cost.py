"""What JFM costs beside its backbone, in DFM at full size: FLOPs and memory of a step."""

from pathlib import Path

import pytest
import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from torch.autograd.graph import saved_tensors_hooks

from mmrsicc.models.necks import JFM
from mmrsicc.registry import MODELS
from mmrsicc.research.costs.costs import set_vocabulary
from mmrsicc.research.costs.flops import count_flops

CONFIG = Path(__file__).parents[2] / "configs/dfm/dfm_levircc.py"


@pytest.fixture(scope="module")
def dfm():
    init_default_scope("mmrsicc")
    cfg = Config.fromfile(CONFIG)
    set_vocabulary(cfg, 436)
    cfg.model.losses = None
    torch.manual_seed(0)
    return MODELS.build(cfg.model)


def kept_bytes(model, pairs):
    """Bytes of all storages but the weights that a training step keeps for its way back."""
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept = {}

    def keep(tensor):
        # The tensor itself is held too, so that no other gets its place.
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    images = torch.randint(0, 256, (2, pairs, 3, 256, 256), dtype=torch.uint8)
    with saved_tensors_hooks(keep, lambda tensor: tensor):
        features = model.encoder(*images, for_loss=True)
        model.speaker.loss(features, [["word3 " * 15] * 5] * pairs)
    return sum(t.untyped_storage().nbytes() for place, t in kept.items() if place not in weights)


def test_the_neck_takes_at_most_half_of_the_backbone_s_flops(dfm):
    flops = count_flops(dfm, 256, 256, 2)
    assert flops["neck"] <= 0.5 * flops["backbone"]


def test_batches_of_64_pairs_keep_less_than_16_gib(dfm):
    dfm.train()
    per_pair = kept_bytes(dfm, 2) - kept_bytes(dfm, 1)
    assert 64 * per_pair < 16 * 2**30


@pytest.mark.parametrize("mixing_size", [16, None])
def test_16_x_16_tokens_each_know_their_place(mixing_size):
    torch.manual_seed(0)
    sizes = {"channels": 32, "out_channels": 48, "num_heads": 4, "num_layers": 1}
    neck = JFM((8, 16), grid_size=16, mixing_size=mixing_size, **sizes).eval()
    before = tuple(torch.randn(2, c, s, s) for c, s in ((8, 32), (16, 8)))
    after = tuple(m.clone() for m in before)
    with torch.no_grad():
        same = neck(before, before).tokens
        assert same.shape == (2, 256, 48)
        # A change in the corner of the finer map reaches the token there and, through the 3 x 3
        # convolution, those beside it; others only through norm and attention.
        after[0][:, :, :2, :2] += 5
        moved = (neck(before, after).tokens - same).abs().mean(2)
    for nearest in moved.topk(4).indices.tolist():
        assert sorted(nearest) == [0, 1, 16, 17]
