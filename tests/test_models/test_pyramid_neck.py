"""Single-image pyramids of other packages in front of a neck of pairs."""

import sys

import pytest
import torch
from mmengine.model import BaseModule
from test_models.transfer_parts import DETECTOR, make_captioner, run
from torch import nn

from mmrsicc.models.necks import PyramidNeck
from mmrsicc.registry import MODELS

JFM = {"type": "JFM", "channels": 32, "out_channels": 32, "grid_size": 2, "num_layers": 1}


@MODELS.register_module()
class DoublingPyramid(BaseModule):
    """A stand-in of known answers: maps twice over, as many channels as it is told."""

    def __init__(self, in_channels, num_outs):
        super().__init__()
        self.num_outs = num_outs
        self.scale = nn.Parameter(torch.zeros(1))

    def init_weights(self):
        self.scale.data.fill_(2.0)

    def forward(self, maps):
        return [self.scale * m for m in maps[: self.num_outs]]


@MODELS.register_module()
class Listener(nn.Module):
    """An inner neck that keeps what it is given."""

    def __init__(self, in_channels, change_channels=None):
        super().__init__()
        self.told, self.out_channels = (in_channels, change_channels), 1

    def forward(self, before, after, change=None):
        return before, after, change


@MODELS.register_module()
class DeafListener(nn.Module):
    """An inner neck that reads no change detector."""

    def __init__(self):
        super().__init__()
        self.out_channels, self.scale_channels = 1, (8,)

    def forward(self, before, after):
        return before, after


def test_both_dates_pass_it_and_the_inner_neck_is_told_its_channels():
    pyramid = {"type": "DoublingPyramid", "num_outs": 2}
    neck = PyramidNeck((4, 8, 16), pyramid, {"type": "Listener"}, change_channels=[3, 5])
    neck.init_weights()
    assert neck.neck.told == ((4, 8), [3, 5])
    before, after = (tuple(torch.randn(2, c, 4, 4) for c in (4, 8, 16)) for _ in range(2))
    change = object()
    firsts, seconds, handed_on = neck(before, after, change)
    assert handed_on is change
    for given, got in ((before, firsts), (after, seconds)):
        assert len(got) == 2
        assert all(torch.equal(2 * g, h) for g, h in zip(given, got, strict=False))


def test_a_pyramid_may_be_given_as_a_class():
    pyramid = {"type": DoublingPyramid, "num_outs": 2}
    neck = PyramidNeck((4, 8, 16), pyramid, {"type": Listener})
    assert isinstance(neck.pyramid, DoublingPyramid) and neck.neck.told == ((4, 8), None)


def test_an_inner_neck_that_reads_no_detector_is_not_given_one():
    pyramid = {"type": "DoublingPyramid", "num_outs": 2}
    inner = {"type": "DeafListener"}
    neck = PyramidNeck((4, 8), pyramid, inner)
    assert neck.scale_channels == (8,)
    maps = (torch.randn(2, 4, 8, 8), torch.randn(2, 8, 4, 4))
    before, after = neck(maps, maps)
    assert len(before) == len(after) == 2
    with pytest.raises(ValueError, match="DeafListener reads no change detector: set transfer"):
        PyramidNeck((4, 8), pyramid, inner, change_channels=[3, 5])


def test_an_inner_neck_that_reads_the_last_scale_alone_is_refused():
    # Finer maps of the pyramid would get no gradient, which several processes wait for.
    pyramid = {"type": "DoublingPyramid", "num_outs": 2}
    with pytest.raises(ValueError, match=r"SubtractionNeck reads the last scale alone.*JFM"):
        PyramidNeck((4, 8), pyramid, {"type": "SubtractionNeck"})


def test_a_real_pyramid_trains_in_front_of_jfm():
    neck = {
        "type": "PyramidNeck",
        "pyramid": {"type": "mmseg.FPN", "out_channels": 12, "num_outs": 2},
        "neck": JFM,
    }
    model = make_captioner(neck=neck, change_detector=DETECTOR)
    assert [d.project[0].in_channels for d in model.encoder.neck.neck.differences] == [12, 12]
    assert model.encoder.neck.neck.detected and len(model.encoder.neck.neck.transfers) == 2
    run(model.train(), "loss")["loss_caption"].backward()
    assert all(p.grad is not None for p in model.encoder.neck.parameters())
    # The pyramid joins scales: the finest map depends on the coarsest one alone, too.
    fpn = model.encoder.neck.pyramid.eval()
    fine, coarse = torch.randn(1, 8, 8, 8), torch.randn(1, 16, 4, 4)
    assert not torch.equal(fpn([fine, coarse])[0], fpn([fine, coarse + 1])[0])


def test_without_mmdet_the_line_that_mends_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "mmdet", None)
    with pytest.raises(
        ImportError, match=r"mmdet\.FPN needs mmdet.*\n.*pip install 'mmrsicc.mmdet"
    ):
        PyramidNeck((4, 8), {"type": "mmdet.FPN", "out_channels": 8, "num_outs": 2}, JFM)
