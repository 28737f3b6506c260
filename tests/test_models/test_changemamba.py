"""Facts of ChangeMamba (Chen et al. 2024) and its authors' code."""

import torch
from torch import nn

from mmrsicc.models import ChangeMamba
from mmrsicc.models.change_detectors.changemamba import _SpatioTemporalScans


def test_it_has_as_many_parameters_as_the_authors():
    backbone = {"type": "VMamba", "depths": (2, 2, 4, 2), "ratio": 2.0}
    detector = ChangeMamba(backbone, "test")
    norms = sum(p.numel() for n, p in detector.backbone.named_parameters() if "outnorm" in n)
    assert sum(p.numel() for p in detector.parameters()) == 32613506
    assert norms == 2 * (96 + 192 + 384 + 768)


def test_the_dates_are_scanned_in_three_orders():
    scans = _SpatioTemporalScans(in_channels=2, channels=2, ratio=1.0, drop_path=0.0)
    seen = []

    def look(x):
        seen.append(x)
        return x[:, :2]

    for name in ("parallel", "interleaved", "sequential"):
        branch = nn.Identity()
        branch.forward = look
        setattr(scans, name, branch)
    scans.fuse = nn.Identity()
    before, after = torch.randn(2, 1, 2, 3, 4)
    joined = scans(before, after)
    parallel, interleaved, sequential = seen
    assert torch.equal(parallel, torch.cat([before, after], dim=1))
    assert torch.equal(interleaved[..., ::2], before)
    assert torch.equal(interleaved[..., 1::2], after)
    assert torch.equal(sequential, torch.cat([before, after], dim=3))
    # Each date comes back at its own places.
    assert torch.equal(joined, torch.cat([before, before, after, before, after], dim=1))
