"""VMamba, a backbone of selective scans."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

from mmrsicc.models.layers.band_filters import widened
from mmrsicc.models.layers.convolution import LayerNorm2d
from mmrsicc.models.layers.initialise import init_linear
from mmrsicc.models.layers.visual_state_space import VSSBlock
from mmrsicc.registry import MODELS
from mmrsicc.utils.checkpoint import load_weights

#: Depths, channels, ratio and drop path rate of the published sizes: those of the authors' second
#: paper, the older tiny one, and that of ChangeMamba.
ARCHS: dict[str, tuple[tuple[int, ...], int, float, float]] = {
    "tiny": ((2, 2, 8, 2), 96, 1.0, 0.2),
    "small": ((2, 2, 15, 2), 96, 2.0, 0.3),
    "base": ((2, 2, 15, 2), 128, 2.0, 0.6),
    "tiny_s2l5": ((2, 2, 5, 2), 96, 2.0, 0.2),
    "changemamba_tiny": ((2, 2, 4, 2), 96, 2.0, 0.2),
}


@MODELS.register_module()
class VMamba(BaseModule):
    """VMamba (Liu et al. 2024): four stages of 2D selective scans; by default VMamba-T (s1l8).

    VMamba-T, -S and -B have 30, 50 and 89 M parameters. The scan runs fused on a GPU where
    ``mamba_ssm`` is installed, else in plain PyTorch, which is slow on large images: its time grows
    with the number of places.

    Weights are called as in the authors' ImageNet checkpoints (``vssm1_tiny_0230s_*.pth``), which
    ``init_cfg=dict(type="Pretrained", checkpoint=...)`` loads from a file or an address. All
    weights but those of the classifier must find their place; the norms of the outputs are new.

    Args:
        arch: One of :data:`ARCHS`, which says what the next four are where they are None.
        depths: Blocks of each stage.
        channels: Channels of the first stage, doubled at each further one.
        ratio: Width of the scans, in channels.
        drop_path_rate: How often the last block's branches are left out; rises from 0.
        out_indices: Stages to return; strides are 4, 8, 16 and 32.
        in_channels: Channels of the images. Published weights are of three: of other images see
            :func:`mmrsicc.models.layers.band_filters.widened`.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        ValueError: If ``arch`` is not known.
    """

    def __init__(
        self,
        arch: str = "tiny",
        depths: Sequence[int] | None = None,
        channels: int | None = None,
        ratio: float | None = None,
        drop_path_rate: float | None = None,
        out_indices: Sequence[int] = (0, 1, 2, 3),
        in_channels: int = 3,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if arch not in ARCHS:
            raise ValueError(f"arch={arch!r}: choose one of {', '.join(ARCHS)}")
        own = ARCHS[arch]
        depths = own[0] if depths is None else depths
        channels = own[1] if channels is None else channels
        ratio = own[2] if ratio is None else ratio
        drop_path_rate = own[3] if drop_path_rate is None else drop_path_rate
        self.out_indices = tuple(out_indices)
        self.in_channels = in_channels
        widths = [channels * 2**k for k in range(len(depths))]
        rates = iter(torch.linspace(0, drop_path_rate, sum(depths)).tolist())
        # Numbered as in the published checkpoints, which count changes of layout as layers.
        self.patch_embed = nn.Sequential(
            OrderedDict(
                {
                    "0": nn.Conv2d(in_channels, channels // 2, 3, stride=2, padding=1),
                    "2": LayerNorm2d(channels // 2),
                    "4": nn.GELU(),
                    "5": nn.Conv2d(channels // 2, channels, 3, stride=2, padding=1),
                    "7": LayerNorm2d(channels),
                }
            )
        )
        self.layers = nn.ModuleList()
        for k, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            blocks = [VSSBlock(width, ratio, next(rates)) for _ in range(depth)]
            last = k + 1 == len(depths)
            stage = {
                "blocks": nn.Sequential(*blocks),
                "downsample": nn.Identity() if last else _downsample(width),
            }
            self.layers.append(nn.ModuleDict(stage))
        for k in self.out_indices:
            self.add_module(f"outnorm{k}", LayerNorm2d(widths[k]))
        self.apply(init_linear)

    def init_weights(self) -> None:
        """Initialises, or loads the weights that ``init_cfg`` names.

        Raises:
            ValueError: If they do not fit, or cannot be read as weights alone.
        """
        if self.init_cfg is None or self.init_cfg["type"] != "Pretrained":
            super().init_weights()
            return
        source = self.init_cfg["checkpoint"]
        own = self.state_dict()
        # Files of the layout that holds channels first have linear maps as 1x1 convolutions.
        weights = {
            k: v.flatten(1) if v.dim() == 4 and k in own and own[k].dim() == 2 else v
            for k, v in _published(source).items()
            if not k.startswith("classifier.")
        }
        new = {k: v for k, v in own.items() if k.startswith("outnorm")}
        key = "patch_embed.0.weight"
        if key in weights:
            weights[key] = widened(weights[key], self.in_channels)
        load_weights(self, {**new, **weights}, source)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """From images (N, in_channels, H, W) to the wanted stages' maps (N, C_k, H_k, W_k)."""
        x = self.patch_embed(x)
        maps = []
        for k, stage in enumerate(self.layers):
            blocks, downsample = stage.children()
            x = blocks(x)
            if k in self.out_indices:
                maps.append(getattr(self, f"outnorm{k}")(x))
            x = downsample(x)
        return tuple(maps)


def _downsample(width: int) -> nn.Sequential:
    """From (N, width, H, W) to twice the channels at half the size."""
    layers = {
        "1": nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
        "3": LayerNorm2d(2 * width),
    }
    return nn.Sequential(OrderedDict(layers))


def _published(source: str) -> dict[str, Tensor]:
    """The state dict of a published checkpoint, a file or an address."""
    content = CheckpointLoader.load_checkpoint(source, map_location="cpu")
    return content.get("model", content)
