import pytest
import torch

from mmrsicc.models import PairDataPreprocessor


def test_normalises_and_pads_with_the_mean_colour():
    preprocess = PairDataPreprocessor(mean=(10, 20, 30), std=(2, 4, 5), size_divisor=4)
    pairs = [torch.full((2, 3, 5, 6), 50, dtype=torch.uint8), torch.zeros(2, 3, 3, 7).byte()]
    out = preprocess({"inputs": pairs, "data_samples": ["first", "second"]})
    assert out["inputs"].shape == (2, 2, 3, 8, 8) and out["data_samples"] == ["first", "second"]
    torch.testing.assert_close(out["inputs"][0, 1, :, 4, 5], torch.tensor([20.0, 7.5, 4.0]))
    assert not out["inputs"][0, :, :, 5:].any() and not out["inputs"][1, :, :, :, 7:].any()


def test_denormalise_is_the_inverse():
    preprocess = PairDataPreprocessor()
    images = torch.rand(2, 2, 3, 4, 4, generator=torch.Generator().manual_seed(0)) * 255
    restored = preprocess.denormalise(preprocess.normalise(images))
    torch.testing.assert_close(restored, images, atol=1e-3, rtol=0)


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"\(3, 8, 8\).*PackChangeInputs"):
        PairDataPreprocessor()({"inputs": [torch.zeros(3, 8, 8)]})
