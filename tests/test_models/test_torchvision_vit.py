"""MMPretrain's vision transformer with torchvision's weights, against torchvision's own."""

import pytest
import torch
import torchvision
from mmengine.runner import load_checkpoint
from mmpretrain.models import VisionTransformer
from test_converters.formula import fill, inputs, shapes_of

from mmrsicc.models.backbones.torchvision_vit import vit_rules
from mmrsicc.utils.key_map import KeyMap


@pytest.fixture
def theirs():
    vit = torchvision.models.VisionTransformer(
        64, 16, 2, 2, hidden_dim=8, mlp_dim=12, num_classes=3
    )
    # Their class token and last layer start at zero.
    vit.load_state_dict(fill(shapes_of(vit.state_dict())))
    return vit.eval()


@torch.no_grad()
def test_a_config_starts_from_torchvisions_weights(theirs, tmp_path, monkeypatch):
    def download(url, check_hash):
        assert url == torchvision.models.ViT_B_32_Weights.IMAGENET1K_V1.url and check_hash
        return tmp_path / "vit.pth"

    torch.save(theirs.state_dict(), tmp_path / "vit.pth")
    monkeypatch.setattr("mmrsicc.models.backbones.torchvision_vit.download", download)
    arch = {"embed_dims": 8, "num_layers": 2, "num_heads": 2, "feedforward_channels": 12}
    ours = VisionTransformer(arch, img_size=64, patch_size=16, out_type="featmap")
    ours.eval()
    load_checkpoint(ours, "torchvision-vit://vit_b_32", strict=True)

    image = inputs("image", 2, 3, 64, 64)
    patches = theirs._process_input(image)
    said = theirs.encoder(torch.cat([theirs.class_token.expand(2, -1, -1), patches], dim=1))
    (found,) = ours(image)
    assert found.shape == (2, 8, 4, 4)
    expected = said[:, 1:].transpose(1, 2).unflatten(2, (4, 4))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_names_before_torchvision_0_13_are_known():
    layer = "net.encoder.layers.encoder_layer_3.mlp"
    state = {f"{layer}.linear_1.bias": torch.ones(1), f"{layer}.linear_2.bias": torch.zeros(1)}
    converted = KeyMap(vit_rules(r"net\.", "backbone.")).convert(state, "the test").state_dict
    assert list(converted) == [
        "backbone.layers.3.ffn.layers.0.0.bias",
        "backbone.layers.3.ffn.layers.1.bias",
    ]
