"""Released layouts of MambaBCD, VMamba and RSMamba, fabricated from what their code builds."""

import math

import pytest
import torch

from mmrsicc.converters.changemamba import KEYS
from mmrsicc.converters.detector_conversion import convert_detector
from mmrsicc.models import VMamba
from mmrsicc.models.backbones import RSMamba
from mmrsicc.models.layers.mamba_mixer import MambaMixer

#: Channels, depths and width of the scans of the released sizes.
SIZES = {"changemamba_tiny": (96, (2, 2, 4, 2), 2), "small": (96, (2, 2, 15, 2), 2)}
SIZES |= {"base": (128, (2, 2, 15, 2), 2), "tiny": (96, (2, 2, 8, 2), 1)}


def norm(name, width):
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def batch_norm(name, width):
    running = {f"{name}.running_mean": (width,), f"{name}.running_var": (width,)}
    return norm(name, width) | running | {f"{name}.num_batches_tracked": ()}


def block(name, width, ratio):
    """Shapes of a block: state 1, rank C / 16, no gate, an MLP four times as wide."""
    inner, rank = ratio * width, math.ceil(width / 16)
    return {
        **norm(f"{name}.norm", width),
        f"{name}.op.in_proj.weight": (inner, width),
        f"{name}.op.conv2d.weight": (inner, 1, 3, 3),
        f"{name}.op.x_proj_weight": (4, rank + 2, inner),
        f"{name}.op.dt_projs_weight": (4, inner, rank),
        f"{name}.op.dt_projs_bias": (4, inner),
        f"{name}.op.A_logs": (4 * inner, 1),
        f"{name}.op.Ds": (4 * inner,),
        **norm(f"{name}.op.out_norm", inner),
        f"{name}.op.out_proj.weight": (width, inner),
        **norm(f"{name}.norm2", width),
        f"{name}.mlp.fc1.weight": (4 * width, width),
        f"{name}.mlp.fc1.bias": (4 * width,),
        f"{name}.mlp.fc2.weight": (width, 4 * width),
        f"{name}.mlp.fc2.bias": (width,),
    }


def encoder(width, depths, ratio):
    """Shapes of VMamba's own files, without the classifier."""
    half = width // 2
    shapes = {"patch_embed.0.weight": (half, 3, 3, 3), "patch_embed.0.bias": (half,)}
    shapes |= norm("patch_embed.2", half) | norm("patch_embed.7", width)
    shapes |= {"patch_embed.5.weight": (width, half, 3, 3), "patch_embed.5.bias": (width,)}
    for k, depth in enumerate(depths):
        wide = width * 2**k
        for j in range(depth):
            shapes |= block(f"layers.{k}.blocks.{j}", wide, ratio)
        if k < 3:
            place = f"layers.{k}.downsample"
            shapes |= {f"{place}.1.weight": (2 * wide, wide, 3, 3), f"{place}.1.bias": (2 * wide,)}
            shapes |= norm(f"{place}.3", 2 * wide)
    return shapes


def mamba_bcd(width, depths, ratio):
    """Shapes of MambaBCD's files: encoder, decoder of 128 channels, classifier."""
    shapes = {f"encoder.{key}": shape for key, shape in encoder(width, depths, ratio).items()}
    for k in range(4):
        wide = width * 2**k
        shapes |= norm(f"encoder.outnorm{k}", wide)
        for number, channels in ((1, 2 * wide), (2, wide), (3, wide)):
            name = f"decoder.st_block_{k + 1}{number}"
            shapes |= {f"{name}.0.weight": (128, channels, 1, 1), f"{name}.0.bias": (128,)}
            shapes |= block(f"{name}.2", 128, ratio)
        name = f"decoder.fuse_layer_{k + 1}"
        shapes |= {f"{name}.0.weight": (128, 640, 1, 1), f"{name}.0.bias": (128,)}
        shapes |= batch_norm(f"{name}.1", 128)
        if k < 3:
            for number in (1, 2):
                name = f"decoder.smooth_layer_{k + 1}"
                shapes |= {f"{name}.conv{number}.weight": (128, 128, 3, 3)}
                shapes |= batch_norm(f"{name}.bn{number}", 128)
    return shapes | {"main_clf.weight": (2, 128, 1, 1), "main_clf.bias": (2,)}


def fabricated(shapes):
    """A tensor of each shape, all of one number of their own."""
    return {
        key: torch.full(shape, float(i), dtype=torch.long if shape == () else None)
        for i, (key, shape) in enumerate(shapes.items())
    }


def test_every_tensor_of_mamba_bcd_tiny_has_its_place(tmp_path):
    shapes = mamba_bcd(*SIZES["changemamba_tiny"])
    weights = fabricated(shapes)
    torch.save(weights, tmp_path / "released.pth")
    found = convert_detector("changemamba", tmp_path / "released.pth")["state_dict"]
    numbers = {int(v.flatten()[0]) for v in found.values()}
    assert len(found) == len(weights) and numbers == set(range(len(weights)))
    for ours, theirs in {
        "relations.0.interleaved.1.op.x_proj_weight": "decoder.st_block_12.2.op.x_proj_weight",
        "relations.3.sequential.0.weight": "decoder.st_block_43.0.weight",
        "refinements.2.body.3.weight": "decoder.smooth_layer_3.conv2.weight",
        "relations.1.fuse.1.running_var": "decoder.fuse_layer_2.1.running_var",
        "backbone.outnorm3.bias": "encoder.outnorm3.bias",
        "classify.weight": "main_clf.weight",
    }.items():
        assert torch.equal(found[ours], weights[theirs])


def test_linear_maps_as_convolutions_and_strangers():
    weight = torch.randn(192, 96, 1, 1)
    key = "encoder.layers.0.blocks.0.op.in_proj.weight"
    (found,) = KEYS.convert({key: weight}, "x").state_dict.values()
    assert torch.equal(found, weight[..., 0, 0])
    with pytest.raises(ValueError, match="that this method does not have"):
        KEYS.convert({"decoder.aux_clf.weight": weight}, "x")


@pytest.mark.parametrize("arch", SIZES)
def test_released_vmambas_have_our_shapes(arch):
    expected = encoder(*SIZES[arch])
    own = {k: tuple(v.shape) for k, v in VMamba(arch).state_dict().items() if "outnorm" not in k}
    assert own == expected
    total = sum(math.prod(shape) for shape in expected.values())
    width = 8 * SIZES[arch][0]
    millions = {"tiny": 30, "small": 50, "base": 89}.get(arch)
    if millions:
        assert round((total + 2 * width + 1000 * width + 1000) / 1e6) == millions


def rsmamba_shapes(dims, depth, inner, tokens):
    rank = math.ceil(dims / 16)
    shapes = {"pos_embed": (1, tokens, dims), "patch_embed.projection.weight": (dims, 3, 16, 16)}
    for i in range(depth):
        shapes |= {
            f"layers.{i}.A_log": (inner, 16),
            f"layers.{i}.D": (inner,),
            f"layers.{i}.conv1d.weight": (inner, 1, 4),
            f"layers.{i}.conv1d.bias": (inner,),
            f"layers.{i}.in_proj.weight": (2 * inner, dims),
            f"layers.{i}.x_proj.weight": (rank + 32, inner),
            f"layers.{i}.dt_proj.weight": (inner, rank),
            f"layers.{i}.dt_proj.bias": (inner,),
            f"layers.{i}.out_proj.weight": (dims, inner),
            f"gate_layers.{i}.0.weight": (3, 3 * dims),
        }
    return shapes | norm("pre_norm", dims) | norm("ln1", dims)


def test_rsmamba_loads_a_released_layout_and_repeats_itself(tmp_path):
    torch.manual_seed(0)
    model = RSMamba("small").eval()
    tokens = model.grid[0] * model.grid[1]
    shapes = rsmamba_shapes(192, 16, 384, tokens)
    weights = {f"backbone.{key}": 0.02 * torch.randn(shape) for key, shape in shapes.items()}
    extra = {"backbone.ln2.weight": torch.ones(192), "backbone.ln2.bias": torch.ones(192)}
    extra |= {"head.fc.weight": torch.ones(45, 192), "head.fc.bias": torch.ones(45)}
    torch.save({"state_dict": weights | extra}, tmp_path / "r.pth")
    model.init_cfg = {"type": "Pretrained", "checkpoint": str(tmp_path / "r.pth")}
    model.init_weights()
    for key, value in model.state_dict().items():
        assert torch.equal(value, weights[f"backbone.{key}"]), key
    image = torch.randn(1, 3, 48, 64)
    with torch.no_grad():
        (first,), (second,) = model(image), model(image)
        assert first.shape[:2] == (1, 192) and torch.equal(first, second)
        assert not torch.equal(model.train()(image)[0], model(image)[0])
    torch.save({"state_dict": weights | {"backbone.stranger": torch.ones(1)}}, tmp_path / "r.pth")
    with pytest.raises(ValueError, match="left over stranger"):
        model.init_weights()


def test_patches_are_those_of_mmcv():
    from mmcv.cnn.bricks.transformer import PatchEmbed

    reference = PatchEmbed(3, 192, "Conv2d", 16, 8, bias=False, input_size=224)
    own = RSMamba("small")
    assert tuple(reference.init_out_size) == own.grid
    reference.load_state_dict(own.patch_embed.state_dict())
    image = torch.randn(1, 3, 50, 64)
    tokens, size = reference(image)
    found = own.patch_embed(image)
    assert found.shape[-2:] == tuple(size)
    torch.testing.assert_close(found.flatten(2).transpose(1, 2), tokens)


def test_the_mixer_is_that_of_transformers():
    from transformers import MambaConfig
    from transformers.models.mamba.modeling_mamba import MambaMixer as Reference

    torch.manual_seed(0)
    config = MambaConfig(
        hidden_size=12, intermediate_size=24, state_size=5, time_step_rank=2, conv_kernel=4
    )
    reference, own = Reference(config, 0), MambaMixer(12, 24, state_size=5, rank=2)
    own.load_state_dict(reference.state_dict())
    x = torch.randn(2, 40, 12)
    with torch.no_grad():
        torch.testing.assert_close(own(x), reference.slow_forward(x), rtol=1e-4, atol=1e-5)
