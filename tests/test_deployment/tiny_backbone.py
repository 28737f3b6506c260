"""A backbone that is exported in no time, found by the test config's custom_imports."""

from torch import nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class TinyBackbone(nn.Module):
    """Two convolutions: maps of 8 channels at strides 4 and 8."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 7, stride=4, padding=3)
        self.second = nn.Conv2d(8, 8, 3, stride=2, padding=1)

    def forward(self, images):
        finer = self.first(images).relu()
        return finer, self.second(finer).relu()
