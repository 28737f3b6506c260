"""Facts of Daudt et al. (2018) and its authors' code."""

import pytest
import torch

from mmrsicc.models import FCEF, FCSiamConc, FCSiamDiff


@pytest.mark.parametrize(
    ("kind", "parameters"), [(FCEF, 1350578), (FCSiamConc, 1545986), (FCSiamDiff, 1350146)]
)
def test_it_has_as_many_parameters_as_the_authors(kind, parameters):
    assert sum(p.numel() for p in kind("test").parameters()) == parameters


def test_maps_have_the_published_channels_and_strides():
    features = FCSiamConc("test").eval().extract(*torch.rand(2, 1, 3, 64, 64))
    assert [m.shape[1:] for m in features.after] == [
        (16, 32, 32),
        (32, 16, 16),
        (64, 8, 8),
        (128, 4, 4),
    ]
    assert [m.shape[1:] for m in features.difference] == [
        (16, 64, 64),
        (16, 32, 32),
        (32, 16, 16),
        (64, 8, 8),
    ]


def test_only_the_second_dates_coarsest_map_tells_fc_siam_diff_which_is_which():
    detector = FCSiamDiff("test").eval()
    detector.decoder.ups[0].weight.data *= 1000  # else it is lost among random weights
    before, after = torch.randn(2, 1, 3, 32, 32)
    there, back = (detector.detect(*dates).logits for dates in ((before, after), (after, before)))
    assert not torch.allclose(there, back)
    torch.nn.init.zeros_(detector.decoder.ups[0].weight)
    there, back = (detector.detect(*dates).logits for dates in ((before, after), (after, before)))
    torch.testing.assert_close(there, back)


def test_the_first_date_comes_in_by_the_skips_alone():
    detector = FCSiamDiff("test").eval()
    image, other = torch.randn(2, 1, 3, 32, 32)
    for k, stage in enumerate(detector.decoder.stages):
        skipped = (128, 64, 32, 16)[k]
        with torch.no_grad():
            stage[0].weight[skipped:] = 0
    one, two = (detector.detect(first, image).logits for first in (image, other))
    assert torch.equal(one, two)
