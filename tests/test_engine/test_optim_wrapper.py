"""Training in bfloat16: products in it, weights and their steps in fp32."""

import torch
from torch import nn

from mmrsicc.registry import OPTIM_WRAPPERS


def test_products_are_bfloat16_and_weights_stay_fp32():
    layer = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    wrapper = OPTIM_WRAPPERS.build({"type": "BFloat16OptimWrapper", "optimizer": optimizer})
    before, image = layer.weight.detach().clone(), torch.randn(3, 4)
    with wrapper.optim_context(layer):
        out = layer(image)
    assert out.dtype is torch.bfloat16
    wrapper.update_params(out.float().sum())
    assert layer.weight.dtype is torch.float32
    expected = before - 0.1 * image.bfloat16().float().sum(0)
    torch.testing.assert_close(layer.weight.detach(), expected, rtol=0.02, atol=0.01)
    assert layer(image).dtype is torch.float32
