"""SegFormer's encoder under its authors' names, which DGAT's and MCI's files have."""

import torch
from mmseg.models import MixVisionTransformer
from test_converters.formula import fill, inputs
from test_converters.same_network import read_reference

from mmrsicc.converters.shared_rules import segformer_rules
from mmrsicc.utils.checkpoint import load_weights
from mmrsicc.utils.key_map import KeyMap


@torch.no_grad()
def test_maps_equal_those_of_the_authors_code():
    reference = read_reference("segformer")
    keys = KeyMap(renames=segformer_rules(r"extractor\.cnn\.segformer\."))
    converted = keys.convert(fill(reference["shapes"]), "the reference").state_dict
    sizes = {"embed_dims": 8, "num_heads": [1, 2, 5, 8], "num_layers": [1, 1, 2, 1]}
    backbone = MixVisionTransformer(**sizes, qkv_bias=True).eval()
    weights = {key.removeprefix("encoder.backbone."): value for key, value in converted.items()}
    load_weights(backbone, weights, "the reference")
    last = backbone(inputs("before", *reference["features"]))[-1].flatten(2).transpose(1, 2)[:, :2]
    torch.testing.assert_close(last, torch.tensor(reference["tokens"]), atol=1e-4, rtol=0)
