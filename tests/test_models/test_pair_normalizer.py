import pytest
import torch

from mmrsicc.models.pair_normalizer import PairNormalizer

OPTICAL = {"mean": (10, 20, 30), "std": (2, 4, 5)}
RADAR = {"mean": (-12.0, -20.0), "std": (3.0, 0.5)}


def test_each_date_has_its_own_statistics():
    normalise = PairNormalizer(OPTICAL, RADAR)
    assert normalise.bands == (3, 2)
    assert normalise.fill == ((10.0, 20.0, 30.0), (-12.0, -20.0))
    first, second = normalise(
        torch.full((2, 3, 4, 4), 50, dtype=torch.uint8), torch.full((2, 2, 4, 4), -18.0)
    )
    torch.testing.assert_close(first[1, :, 2, 3], torch.tensor([20.0, 7.5, 4.0]))
    torch.testing.assert_close(second[0, :, 0, 1], torch.tensor([-2.0, 4.0]))


def test_after_is_as_before_and_before_as_imagenet_unless_told():
    images = torch.rand(2, 1, 3, 4, 4) * 255
    assert torch.equal(*(date[0] for date in PairNormalizer(OPTICAL)(images[0], images[0])))
    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
    normalise = PairNormalizer()
    for date, own in zip(images, normalise(*images), strict=True):
        restored = own * torch.tensor(std).view(3, 1, 1) + torch.tensor(mean).view(3, 1, 1)
        torch.testing.assert_close(restored, date, atol=1e-3, rtol=0)
    assert not normalise.state_dict()


@pytest.mark.parametrize(
    "wrong",
    [{"mean": (1, 2), "std": (1,)}, {"mean": (1,), "std": (0,)}, {"mean": (), "std": ()}],
)
def test_statistics_that_cannot_be_are_named(wrong):
    with pytest.raises(ValueError, match="statistics of after: give one mean and one positive"):
        PairNormalizer(OPTICAL, wrong)


def test_another_number_of_bands_is_named():
    normalise = PairNormalizer(OPTICAL, RADAR)
    with pytest.raises(ValueError, match="images of after have 3 bands, but the statistics of 2"):
        normalise(torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4))
