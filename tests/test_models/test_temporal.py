import pytest
import torch
from torch import nn

from mmrsicc.models.layers.state_space import PlaneScan
from mmrsicc.models.layers.temporal import (
    SpatialDifferenceSSM,
    SpatioTemporalSSM,
    TemporalTraversingSSM,
)

ALL = (SpatialDifferenceSSM, SpatioTemporalSSM, TemporalTraversingSSM)


def make(cls):
    torch.manual_seed(0)
    return cls(in_channels=6, channels=4, state_size=3)


def dates():
    generator = torch.Generator().manual_seed(1)
    return tuple(torch.randn(2, 6, 3, 4, generator=generator) for _ in range(2))


class Recorder(nn.Module):
    """Stands in for a scan: keeps the sequences it gets, and gives them back."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x):
        self.seen.append(x)
        return x


@pytest.mark.parametrize("cls", ALL)
def test_maps_keep_their_shape_and_everything_learns(cls):
    relate = make(cls)
    out = relate(*dates())
    assert [m.shape for m in out] == [(2, 6, 3, 4)] * 2
    sum((m * torch.randn(m.shape)).sum() for m in out).backward()
    assert all(p.grad is not None and p.grad.any() for p in relate.parameters())


@pytest.mark.parametrize("cls", ALL)
def test_each_date_sees_the_other_and_the_whole_map(cls):
    relate = make(cls)
    before, after = dates()
    before.requires_grad_()
    relate(before, after)[1][0, :, 2, 3].sum().backward()
    assert (before.grad[0] != 0).any(0).all()
    assert not before.grad[1].any()


@pytest.mark.parametrize("cls", ALL)
def test_it_starts_from_the_maps_themselves(cls):
    relate = make(cls)
    for parameter in relate.leave.parameters():
        nn.init.zeros_(parameter)
    for related, date in zip(relate(*dates()), dates(), strict=True):
        assert torch.equal(related, date)


def test_where_nothing_differs_nothing_is_added():
    before, _ = dates()
    for related in make(SpatialDifferenceSSM)(before, before):
        assert torch.equal(related, before)


def test_traversing_interleaves_the_dates():
    relate = make(TemporalTraversingSSM)
    relate.enter, relate.leave, relate.scan = nn.Identity(), nn.Identity(), Recorder()
    before, after = dates()
    related = relate(before, after)
    (sequence,) = relate.scan.seen
    torch.testing.assert_close(sequence[:, 0::2], before.flatten(2).mT)
    torch.testing.assert_close(sequence[:, 1::2], after.flatten(2).mT)
    torch.testing.assert_close(torch.stack(related), 2 * torch.stack([before, after]))


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.forward = function


def test_spatio_temporal_arrangements_are_taken_apart_as_they_were_put_together():
    relate = make(SpatioTemporalSSM)
    relate.reduce = nn.Identity()
    relate.join = Apply(lambda joined: 100 * joined[:, :6])
    relate.joined, relate.interleaved, relate.beside = Recorder(), Recorder(), Recorder()
    relate.leave = Apply(lambda own: sum(own.chunk(3, dim=1)))
    before, after = dates()
    for_before, for_after = relate(before, after)
    # The date itself and its part of two arrangements; the third holds the joined dates.
    torch.testing.assert_close(for_before, 3 * before + 100 * before)
    torch.testing.assert_close(for_after, 3 * after + 100 * before)
    interleaved, beside = relate.interleaved.seen[0], relate.beside.seen[0]
    torch.testing.assert_close(interleaved[..., 0::2], before)
    torch.testing.assert_close(interleaved[..., 1::2], after)
    torch.testing.assert_close(beside, torch.cat([before, after], dim=3))


def test_a_plane_is_scanned_along_rows_and_columns():
    scan = PlaneScan(6, 3)
    scan.enter, scan.rows, scan.columns = nn.Identity(), Recorder(), Recorder()
    x, _ = dates()
    torch.testing.assert_close(scan(x), 3 * x)
    torch.testing.assert_close(scan.rows.seen[0], x.flatten(2).mT)
    torch.testing.assert_close(scan.columns.seen[0], x.mT.flatten(2).mT)
