"""More bands than OpenCV takes at once."""

from functools import partial

import cv2
import numpy as np
import pytest

from mmrsicc.change_maps.pixel_features import texture
from mmrsicc.datasets.transforms import ResizePair
from mmrsicc.datasets.transforms.registration import shift
from mmrsicc.utils.many_bands import by_bands


@pytest.mark.parametrize("bands", [1, 3, 128, 129, 300])
def test_each_band_is_what_opencv_makes_of_it_alone(bands):
    image = np.random.default_rng(0).random((6, 5, bands)).astype(np.float32)
    function = partial(cv2.resize, dsize=(3, 4))
    found = by_bands(function, image)
    assert found.shape == (4, 3, bands)
    for band in (0, bands - 1):
        np.testing.assert_allclose(found[..., band], function(image[..., band].copy()), rtol=1e-6)
    assert by_bands(function, image[..., 0].copy()).shape == (4, 3)


def test_transforms_and_texture_take_hyperspectral_images():
    image = np.random.default_rng(0).integers(0, 4000, (8, 9, 154)).astype(np.float32)
    pair = ResizePair((4, 6)).transform({"before": image, "after": image})
    assert pair["after"].shape == (4, 6, 154)
    np.testing.assert_array_equal(shift(image, 2, 0)[:, 2:], image[:, :-2])
    assert texture(image).shape == (8, 9, 3 * 154)
