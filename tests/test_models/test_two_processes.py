"""Two processes train every neck with every kind of backbone, and exchange no more than they must.

DistributedDataParallel waits for a gradient of every parameter: one that is left without ends the
run at its second step.
"""

from collections import Counter

import pytest
import torch
from test_models.parts import captioner, raw_pairs, sample
from test_models.transfer_parts import CONFIG
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from two_processes import run_in_two_processes

from mmrsicc.registry import MODELS

pytestmark = pytest.mark.slow


@MODELS.register_module(force=True)
class SumOfDates(nn.Module):
    """A fusion as of another package."""

    def forward(self, before, after):
        return [a + b for a, b in zip(before, after, strict=True)]


LAYERS = {"num_layers": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2]}
BACKBONES = {
    "resnet": {"type": "mmpretrain.ResNet", "depth": 18, "stem_channels": 8, "base_channels": 8},
    "convnext": {
        "type": "mmpretrain.ConvNeXt",
        "arch": {"depths": [1, 1, 1, 1], "channels": [8, 8, 16, 16]},
        "gap_before_final_norm": False,
    },
    "mit": {"type": "mmseg.MixVisionTransformer", "embed_dims": 8, **LAYERS},
    "swin": {
        "type": "mmpretrain.SwinTransformer",
        "arch": {"embed_dims": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2]},
        "pad_small_map": True,
    },
    "vit": {
        "type": "mmpretrain.VisionTransformer",
        "arch": {"embed_dims": 16, "num_layers": 2, "num_heads": 2, "feedforward_channels": 32},
        "img_size": 32,
        "out_type": "featmap",
    },
    "lite": {"type": "EfficientNetLite", "arch": "lite0"},
}
#: All scales, for necks that read them.
EVERY = {"out_indices": (0, 1, 2, 3)}
JFM = CONFIG["neck"]
NECKS = {
    "jfm": JFM,
    "subtraction": {"type": "SubtractionNeck", "out_channels": 32, "grid_size": 2},
    "difference": {"type": "PooledFusion"},
    "concatenation": {"type": "PooledFusion", "fusion": "concatenation"},
    "duda": {"type": "DualAttention", "attention_channels": 32},
    "mccformers_s": {"type": "MCCFormersS", "dims": 16, "grid_size": 2},
    "mccformers_d": {"type": "MCCFormersD", "dims": 16, "grid_size": 2},
    "psnet": {"type": "PSNet", "dims": 16, "grid_size": 2, "num_levels": 2},
    "rsiccformer": {"type": "RSICCformer", "dims": 16, "grid_size": 2},
    "chg2cap": {"type": "Chg2Cap", "out_channels": 32, "attention_dims": 32, "ffn_dims": 32},
    "fusion": {"type": "FusionNeck", "fusion": {"type": "SumOfDates"}, "grid_size": 2},
    "pyramid": {
        "type": "PyramidNeck",
        "pyramid": {"type": "mmseg.FPN", "out_channels": 8, "num_outs": 4},
        "neck": JFM,
    },
}
SENTENCES = [["a house", "a road"], ["a house is gone"]], [["a road is built"], ["a road", "gone"]]


def make_model(backbone, neck):
    parts = {**CONFIG, "backbone": BACKBONES[backbone], "neck": NECKS[neck]}
    if backbone != "vit":
        parts["backbone"] = {**BACKBONES[backbone], **EVERY}
    if neck == "duda":
        parts["head"] = {"type": "DynamicSpeaker", "dims": 16, "word_dims": 8}
        parts["losses"] = {"attention": {"type": "AttentionSparsityLoss"}}
    return captioner(**parts).train()


def batch(rank, size=32):
    samples = [sample(*said, change_flag=k) for k, said in enumerate(SENTENCES[rank])]
    return raw_pairs(2, size, seed=rank), samples


def step(model, rank):
    terms = model(*batch(rank), mode="loss")
    sum(term for name, term in terms.items() if "loss" in name).backward()


def fault(backbone, neck, rank):
    """What goes wrong with two steps of a combination; None if nothing does."""
    model = DistributedDataParallel(make_model(backbone, neck))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    for _ in range(2):
        optimizer.zero_grad()
        step(model, rank)
        optimizer.step()
    named = {n: p.grad for n, p in model.module.named_parameters() if p.requires_grad}
    if without := [name for name, gradient in named.items() if gradient is None]:
        return f"no gradient: {without}"
    own = torch.cat([gradient.flatten() for gradient in named.values()])
    first = own.clone()
    distributed.broadcast(first, 0)
    return None if torch.equal(own, first) else "gradients differ"


def count_collectives(folder, rank):
    """Collectives of one training step of DFM, without those of DistributedDataParallel."""
    tgcl = {"type": "TGCL", "text_encoder": {"type": "HashedNgramEncoder"}, "cache_dir": folder}
    model = captioner(**CONFIG, losses={"tgcl": tgcl}).train()
    sentences = [s for rows in SENTENCES for own in rows for s in own]
    model.losses["tgcl"].prepare_texts(list(dict.fromkeys(sentences)), {})
    counts = Counter()

    def counted(name, function):
        def call(*arguments, **options):
            counts[name] += 1
            return function(*arguments, **options)

        return call

    names = ("all_reduce", "all_gather", "all_gather_into_tensor", "all_gather_object")
    names += ("broadcast", "broadcast_object_list", "reduce", "gather", "barrier")
    originals = {name: getattr(distributed, name) for name in names}
    for name, function in originals.items():
        setattr(distributed, name, counted(name, function))
    step(model, rank)
    for name, function in originals.items():
        setattr(distributed, name, function)
    return dict(counts)


def run_process(rank, folder):
    torch.set_num_threads(1)
    results = {"collectives": count_collectives(folder / str(rank), rank)}
    for backbone in BACKBONES:
        for neck in NECKS:
            try:
                results[backbone, neck] = fault(backbone, neck, rank)
            except Exception as error:  # Of both processes alike.
                results[backbone, neck] = f"{type(error).__name__}: {error}"
    torch.save(results, folder / f"{rank}.pth")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    run_in_two_processes(run_process, folder)
    return [torch.load(folder / f"{rank}.pth", weights_only=True) for rank in range(2)]


@pytest.mark.parametrize("neck", NECKS)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_neck_trains_with_every_backbone(results, backbone, neck):
    assert [found[backbone, neck] for found in results] == [None, None]


def test_a_step_of_dfm_takes_three_collectives(results):
    """The pairs of all processes forward and their gradients backward; the number of words."""
    assert [found["collectives"] for found in results] == [{"all_gather": 1, "all_reduce": 2}] * 2
