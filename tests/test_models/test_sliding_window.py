"""Change detection through a sliding window."""

import pytest
import torch
from torch import nn

from mmrsicc.models.change_detectors import ChangeDetector
from mmrsicc.models.change_detectors.sliding_window import SlidingWindow
from mmrsicc.structures import ChangeDataSample, ChangeFeatures


class PixelDetector(ChangeDetector):
    """Looks at single pixels, and keeps the sizes that it is given."""

    def __init__(self, **kwargs):
        super().__init__(source_dataset=None, **kwargs)
        self.classify = nn.Conv2d(3, 2, 1)
        self.sizes = []

    def detect(self, before, after):
        self.sizes.append(tuple(before.shape[-2:]))
        return ChangeFeatures((), (), None, self.classify(after - before))


def pair(height, width, batch=2):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, batch, 3, height, width, generator=generator)


@pytest.mark.parametrize("size", [(37, 53), (16, 16), (5, 40), (7, 9)])
@pytest.mark.parametrize(("window", "stride"), [(16, 16), (16, 5), (16, 1)])
def test_a_local_network_gives_what_it_gives_of_the_whole_image(size, window, stride):
    torch.manual_seed(0)
    detector = PixelDetector()
    before, after = pair(*size)
    logits = SlidingWindow(window, stride)(detector._logits, before, after)
    whole = detector.detect(before, after).logits
    assert torch.allclose(logits, whole, atol=1e-5)
    height, width = (min(window, length) for length in size)
    assert set(detector.sizes[:-1]) == {(height, width)}


def test_bytes_do_not_overflow_and_dates_may_differ_in_bands():
    before = torch.randint(0, 256, (1, 2, 600, 600), dtype=torch.uint8)
    after = torch.randint(0, 256, (1, 5, 600, 600), dtype=torch.uint8)

    def detect(before, after):
        return torch.stack([before.float().sum(1), after.float().sum(1)], 1)

    logits = SlidingWindow(520, 80)(detect, before, after)
    assert torch.allclose(logits, detect(before, after))


def test_half_floats_do_not_overflow():
    before, after = pair(300, 300, batch=1)

    def detect(before, after):
        return torch.full((1, 2, *before.shape[-2:]), 10.0, dtype=torch.float16)

    logits = SlidingWindow(256, 128)(detect, before, after)
    assert torch.allclose(logits, torch.tensor(10.0))


def test_weights_fall_from_the_middle_and_sum_to_one():
    # Windows of 3 at columns 0 and 2 of 5: they share column 2, at the edge of both.
    calls = []

    def detect(before, after):
        calls.append(before)
        return torch.full((1, 1, *before.shape[-2:]), float(len(calls)))

    before, after = pair(3, 5, batch=1)
    logits = SlidingWindow(3, 2)(detect, before, after)
    assert logits[0, 0].tolist() == [[1, 1, 1.5, 2, 2]] * 3
    calls.clear()
    # At columns 0, 1 and 2: column 1 has weights 2 of 3 and 1 of 3, column 2 has 1, 2 and 1 of 4.
    logits = SlidingWindow(3, 1)(detect, before, after)
    assert torch.allclose(logits[0, 0, 0], torch.tensor([1, 4 / 3, 2, 8 / 3, 3]))


def test_the_detector_predicts_masks_through_the_window():
    torch.manual_seed(0)
    whole, windowed = PixelDetector(), PixelDetector(sliding_window={"size": 8, "stride": 4})
    windowed.load_state_dict(whole.state_dict())
    inputs = pair(20, 12).mul(60).unbind()
    samples = [ChangeDataSample(metainfo={"img_shape": (19, 11)}) for _ in inputs[0]]
    masks = [d(inputs, samples, mode="predict")[0].pred_mask.clone() for d in (whole, windowed)]
    assert torch.equal(*masks) and masks[0].shape == (19, 11)
    assert set(windowed.sizes) == {(8, 8)} and len(windowed.sizes) == 4 * 2
    assert windowed(inputs, mode="tensor").shape == (2, 2, 20, 12)
    assert windowed.sizes[-1] == (20, 12)


@pytest.mark.parametrize("stride", [0, 17])
def test_a_stride_that_leaves_pixels_out_is_refused(stride):
    with pytest.raises(ValueError, match=f"stride {stride} of a window of 16 pixels: take 1 to 16"):
        SlidingWindow(16, stride)
