"""MMSegmentation's Mix Transformer runs fused attention, and computes what it did."""

import mmseg.models  # noqa: F401
import torch
import torch.nn.functional as F
from mmseg.registry import MODELS as THEIRS

from mmrsicc.registry import MODELS

MIT = {
    "embed_dims": 8,
    "num_layers": [1, 1, 1, 1],
    "num_heads": [1, 1, 2, 2],
    "drop_path_rate": 0.0,
}


def outputs_and_gradients(model, images):
    maps = model(images)
    sum(m.square().mean() for m in maps).backward()
    return [*maps, *(p.grad for p in model.parameters())]


def test_the_mix_transformer_is_the_original_with_fused_attention(monkeypatch):
    calls, fused = [], F.scaled_dot_product_attention
    monkeypatch.setattr(
        F, "scaled_dot_product_attention", lambda *a, **k: calls.append(1) or fused(*a, **k)
    )
    torch.manual_seed(0)
    original = THEIRS.build({"type": "MixVisionTransformer", **MIT}).train()
    ours = MODELS.build({"type": "mmseg.MixVisionTransformer", **MIT}).train()
    ours.load_state_dict(original.state_dict())
    images = torch.randn(2, 3, 64, 64)
    expected = outputs_and_gradients(original, images)
    assert calls == []
    found = outputs_and_gradients(ours, images)
    assert len(calls) == 4
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)
