"""Facts of TinyCD (Codegoni et al. 2023) and its authors' code."""

import torch

from mmrsicc.models.change_detectors import TinyCD


def make_detector():
    torch.manual_seed(0)
    return TinyCD("test").eval()


def test_it_has_as_many_parameters_as_the_authors():
    # Those of both released files, without batch statistics.
    assert sum(p.numel() for p in TinyCD("test").parameters()) == 285128


def test_maps_have_the_published_strides():
    features = make_detector().extract(*torch.rand(2, 1, 3, 64, 64))
    assert [m.shape[1:] for m in features.before] == [
        (48, 32, 32),
        (24, 32, 32),
        (32, 16, 16),
        (56, 8, 8),
    ]
    assert [m.shape[1:] for m in features.difference] == [
        (32, 64, 64),
        (64, 32, 32),
        (64, 16, 16),
        (56, 8, 8),
    ]


@torch.no_grad()
def test_equal_channels_meet():
    # The mixed channel c sees channel c of both dates, and no other.
    mix = make_detector().mix
    before, after = torch.randn(2, 1, 56, 6, 6)
    mixed = mix(before, after)
    for date in (0, 1):
        dates = [before.clone(), after.clone()]
        dates[date][:, 7] += torch.randn(6, 6)
        moved = (mix(*dates) - mixed).abs().amax((0, 2, 3))
        assert moved[7] > 0.1 and moved[:7].max() == moved[8:].max() == 0


@torch.no_grad()
def test_the_mask_is_where_the_odds_of_change_are_above_even():
    detector = make_detector()
    images = torch.randn(2, 1, 3, 64, 64)
    logits = detector.detect(*images).logits
    assert torch.equal(logits[:, 0], torch.zeros(1, 64, 64))
    assert torch.equal(logits.argmax(1).bool(), logits.softmax(1)[:, 1] > 0.5)


@torch.no_grad()
def test_a_mask_of_nothing_stops_what_comes_from_below():
    up = make_detector().ups[0]
    mask = torch.zeros(1, 1, 8, 8)
    one, other = (up(torch.randn(1, 56, 4, 4), mask) for _ in range(2))
    assert torch.equal(one, other)
