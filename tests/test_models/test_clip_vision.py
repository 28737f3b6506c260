"""CLIP's image encoder against Hugging Face's model, and under the names of the original."""

import pytest
import torch
from transformers import CLIPVisionConfig, CLIPVisionModel

from mmrsicc.converters.shared_rules import clip_rules
from mmrsicc.models.backbones import CLIPVision
from mmrsicc.utils.checkpoint import load_weights
from mmrsicc.utils.key_map import KeyMap

SIZES = {"dims": 16, "num_layers": 3, "num_heads": 2, "patch_size": 8, "image_size": 32}


def make(**options):
    torch.manual_seed(0)
    return CLIPVision(**SIZES, **options).eval()


@pytest.fixture
def published(tmp_path):
    """A folder with a tiny model, as the hub holds one."""
    torch.manual_seed(1)
    config = CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        patch_size=8,
        image_size=32,
    )
    model = CLIPVisionModel(config).eval()
    torch.nn.init.normal_(model.vision_model.post_layernorm.weight)
    model.save_pretrained(tmp_path / "clip")
    return tmp_path / "clip", model


@pytest.mark.parametrize("normalise", [True, False])
@torch.no_grad()
def test_the_map_is_the_patches_of_the_model_whose_weights_it_starts_from(published, normalise):
    folder, model = published
    backbone = make(normalise=normalise, pretrained=str(folder))
    backbone.init_weights()
    x = torch.randn(2, 3, 32, 32)
    patches = model(x).last_hidden_state[:, 1:]
    if normalise:
        patches = model.vision_model.post_layernorm(patches)
    (found,) = backbone(x)
    assert found.shape == (2, 16, 4, 4)
    for row in range(4):
        for column in range(4):
            torch.testing.assert_close(found[:, :, row, column], patches[:, 4 * row + column])


@torch.no_grad()
def test_images_of_another_size_get_interpolated_positions():
    (found,) = make()(torch.randn(1, 3, 48, 40))
    assert found.shape == (1, 16, 6, 5) and found.isfinite().all()


def test_the_last_layers_learn():
    backbone = make(trained_layers=2)
    learns = {name for name, p in backbone.named_parameters() if p.requires_grad}
    assert {name.rsplit(".", 1)[0].split(".")[0] for name in learns} == {
        "encoder",
        "post_layernorm",
    }
    assert {name.split(".")[2] for name in learns if name.startswith("encoder")} == {"1", "2"}


@pytest.mark.parametrize("trained", [-1, 4])
def test_no_more_layers_learn_than_there_are(trained):
    with pytest.raises(ValueError, match=f"trained_layers={trained} of 3 layers: give 0 to 3"):
        make(trained_layers=trained)


@torch.no_grad()
def test_names_of_the_original_have_their_places():
    """Shapes as in the state dict of openai/CLIP's VisionTransformer, without its projection."""
    backbone = make()
    layer = {
        "attn.in_proj_weight": (48, 16),
        "attn.in_proj_bias": (48,),
        "attn.out_proj.weight": (16, 16),
        "attn.out_proj.bias": (16,),
        "mlp.c_fc.weight": (64, 16),
        "mlp.c_fc.bias": (64,),
        "mlp.c_proj.weight": (16, 64),
        "mlp.c_proj.bias": (16,),
    }
    norms = [f"{name}.{part}" for name in ("ln_1", "ln_2") for part in ("weight", "bias")]
    layer |= dict.fromkeys(norms, (16,))
    shapes = {
        "class_embedding": (16,),
        "positional_embedding": (17, 16),
        "conv1.weight": (16, 3, 8, 8),
        **{f"{n}.{p}": (16,) for n in ("ln_pre", "ln_post") for p in ("weight", "bias")},
        **{f"transformer.resblocks.{i}.{k}": s for i in range(3) for k, s in layer.items()},
    }
    state = {f"clip.{name}": torch.randn(shape) for name, shape in shapes.items()}
    converted = KeyMap(renames=clip_rules(r"clip\.")).convert(state, "the original").state_dict
    weights = {key.removeprefix("encoder.backbone."): value for key, value in converted.items()}
    load_weights(backbone, weights, "the original")
    own = backbone.encoder.layers[1].self_attn
    fused = state["clip.transformer.resblocks.1.attn.in_proj_bias"]
    assert torch.equal(torch.cat([own.q_proj.bias, own.k_proj.bias, own.v_proj.bias]), fused)
