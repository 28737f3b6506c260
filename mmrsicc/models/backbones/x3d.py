"""X3D over both dates and a learned frame between them, as in Change3D."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

from mmrsicc.models.layers.band_filters import widened
from mmrsicc.models.layers.convolution import eighths
from mmrsicc.registry import MODELS
from mmrsicc.utils.key_map import KeyMap


@MODELS.register_module()
class X3D(BaseModule):
    """X3D (Feichtenhofer 2020) over a video of the first date, a learned frame and the second.

    As in Change3D (Zhu et al. 2025): the stem keeps the size of the images, and what the network
    makes of the learned frame is what changed. The map of a date is what it makes of the date's
    frame, beside what it makes of the learned one.

    Args:
        depths: Blocks of each stage; X3D-L's by default.
        widths: Channels of each stage, the first also of the stem. The last is C.
        image_size: Side of the learned frame; it is resized for images of another size.
        pretrained: File or address of X3D's weights in PyTorchVideo's layout (``X3D_L.pyth``) that
            training starts from, or None.
        in_channels: Bands of the images; filters of other than three follow :func:`widened`.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        ValueError: If there are not as many depths as widths.
    """

    #: The backbone relates the dates (:func:`mmrsicc.models.layers.encode_dates`).
    ccs = "frames"

    def __init__(
        self,
        depths: Sequence[int] = (5, 10, 25, 15),
        widths: Sequence[int] = (24, 48, 96, 192),
        image_size: int = 256,
        pretrained: str | None = None,
        in_channels: int = 3,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(depths) != len(widths):
            raise ValueError(
                f"X3D: {len(depths)} depths and {len(widths)} widths: give one a stage"
            )
        self.pretrained = pretrained
        self.frame = nn.Parameter(torch.randn(1, in_channels, image_size, image_size))
        self.stem = nn.Sequential(
            nn.Conv3d(in_channels, widths[0], (1, 3, 3), padding=(0, 1, 1), bias=False),
            DepthwiseConv3d(widths[0], (5, 1, 1)),
            nn.BatchNorm3d(widths[0]),
            nn.ReLU(),
        )
        self.stages = nn.Sequential()
        for before, width, depth in zip((widths[0], *widths[:-1]), widths, depths, strict=True):
            blocks = [
                VideoBlock(width if i else before, width, 1 if i else 2, squeeze=i % 2 == 0)
                for i in range(depth)
            ]
            self.stages.append(nn.Sequential(*blocks))

    def init_weights(self) -> None:
        """Initialises, or loads the weights of ``pretrained``, with every key accounted for.

        Raises:
            OSError: If they are neither on disk nor to be downloaded.
            ValueError: If they are those of another network.
        """
        super().init_weights()
        if self.pretrained is None:
            return
        from mmrsicc.utils.checkpoint import load_weights

        content = CheckpointLoader.load_checkpoint(self.pretrained, map_location="cpu")
        weights = content.get("model_state", content)
        converted = PYTORCHVIDEO.convert(weights, self.pretrained).state_dict
        filters = converted["stem.0.weight"]
        converted["stem.0.weight"] = widened(filters, self.frame.shape[1])
        load_weights(self, {"frame": self.frame.detach(), **converted}, self.pretrained)

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor]:
        """From images (B, bands, H, W) to one map (B, 4 C, H / 16, W / 16), first date first."""
        frame: Tensor = self.frame
        if frame.shape[-2:] != before.shape[-2:]:
            frame = F.interpolate(
                frame, size=before.shape[-2:], mode="bilinear", align_corners=False
            )
        video = torch.stack([before, frame.to(before).expand_as(before), after], dim=2)
        first, learned, second = self.stages(self.stem(video)).unbind(2)
        return (torch.cat([first, learned, second, learned], dim=1),)


class VideoBlock(nn.Module):
    """Bottleneck of X3D: wider by 2.25, a depthwise convolution over frames and places, narrower.

    Args:
        in_channels: Channels of what comes in.
        channels: Channels of what comes out.
        stride: Stride over places.
        squeeze: Whether channels are weighed by their means (squeeze and excitation).
    """

    def __init__(self, in_channels: int, channels: int, stride: int, squeeze: bool) -> None:
        super().__init__()
        inner = int(2.25 * channels)
        strides = (1, stride, stride)
        self.shortcut = nn.Sequential()
        if stride > 1 or in_channels != channels:
            self.shortcut.append(nn.Conv3d(in_channels, channels, 1, stride=strides, bias=False))
        if in_channels != channels:
            self.shortcut.append(nn.BatchNorm3d(channels))
        self.enter = nn.Sequential(
            nn.Conv3d(in_channels, inner, 1, bias=False), nn.BatchNorm3d(inner), nn.ReLU()
        )
        self.convolve = nn.Sequential(
            DepthwiseConv3d(inner, (3, 3, 3), stride),
            nn.BatchNorm3d(inner),
        )
        hidden = eighths(inner / 16)
        self.weigh = None
        if squeeze:
            self.weigh = nn.Sequential(
                nn.Conv3d(inner, hidden, 1), nn.ReLU(), nn.Conv3d(hidden, inner, 1), nn.Sigmoid()
            )
        self.leave = nn.Sequential(
            nn.Conv3d(inner, channels, 1, bias=False), nn.BatchNorm3d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Takes (B, C, T, H, W), returns (B, C', T, H', W')."""
        y = self.convolve(self.enter(x))
        if self.weigh is not None:
            y = y * self.weigh(y.mean((2, 3, 4), keepdim=True))
        return (self.shortcut(x) + self.leave(F.silu(y))).relu()


class DepthwiseConv3d(nn.Conv3d):
    """Depthwise convolution over few frames, computed as a grouped convolution over places.

    The frames of a channel are the inputs and outputs of its group: the filters of all pairs of
    frames form one band matrix. For three frames a step of X3D takes a CPU about 0.6 times as
    long as with PyTorch's own, which has no fast depthwise convolution over volumes.

    Args:
        channels: Channels in and out, without bias.
        kernel: Size over frames, height and width, each odd; borders are padded with zeros.
        stride: Stride over places.
    """

    def __init__(self, channels: int, kernel: tuple[int, int, int], stride: int = 1) -> None:
        super().__init__(
            channels,
            channels,
            kernel,
            stride=(1, stride, stride),
            padding=(kernel[0] // 2, kernel[1] // 2, kernel[2] // 2),
            groups=channels,
            bias=False,
        )

    def forward(self, x: Tensor) -> Tensor:
        """From (B, C, T, H, W) to (B, C, T, H', W'); the frames are padded to stay T."""
        frames = x.shape[2]
        filters = F.pad(self.weight[:, 0], (0, 0, 0, 0, frames, frames))
        middle = frames + self.weight.shape[2] // 2
        band = [filters[:, middle - t : middle - t + frames] for t in range(frames)]
        y = F.conv2d(
            x.flatten(1, 2),
            torch.stack(band, dim=1).flatten(0, 1),
            stride=self.stride[1:],
            padding=self.padding[1:],
            groups=self.groups,
        )
        return y.unflatten(1, (-1, frames))


def _names() -> dict[str, str]:
    """Our names by PyTorchVideo's, whose blocks 1 to 4 are our stages 0 to 3."""
    names = {
        r"blocks\.0\.conv\.conv_t\.(.*)": r"stem.0.\1",
        r"blocks\.0\.conv\.conv_xy\.(.*)": r"stem.1.\1",
        r"blocks\.0\.norm\.(.*)": r"stem.2.\1",
    }
    parts = {
        "branch1_conv": "shortcut.0",
        "branch1_norm": "shortcut.1",
        r"branch2\.conv_a": "enter.0",
        r"branch2\.norm_a": "enter.1",
        r"branch2\.conv_b": "convolve.0",
        r"branch2\.norm_b\.0": "convolve.1",
        r"branch2\.norm_b\.1\.block\.0": "weigh.0",
        r"branch2\.norm_b\.1\.block\.2": "weigh.2",
        r"branch2\.conv_c": "leave.0",
        r"branch2\.norm_c": "leave.1",
    }
    for stage in range(4):
        for theirs, ours in parts.items():
            key = rf"blocks\.{stage + 1}\.res_blocks\.(\d+)\.{theirs}\.(.*)"
            names[key] = rf"stages.{stage}.\1.{ours}.\2"
    return names


#: Names of PyTorchVideo's X3D; its last block, the classifier, is left out.
PYTORCHVIDEO = KeyMap(renames=_names(), unused=(r"blocks\.5\..*",))
