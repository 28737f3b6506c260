"""Parameters of a captioner, and the floating point operations that one pair takes.

One multiplication with its addition counts as two FLOPs, here as in PyTorch. Many tables count it
as one ("MACs") and call that FLOPs: halve our figures beside theirs. So does the table of Change3D
(CVPR 2025): it gives DUDA 20.28 G, while the third stage of ResNet-101 alone, for two images of
256 x 256, is not reached before 36.5 GFLOPs.

Counted are matrix products and convolutions, wherever they are: linear layers, attention, LSTM and
GRU. Not counted is what goes element by element or row by row: activations, normalisation, softmax,
pooling, resizing, sums, gates and scans of state space models, table look-ups.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mmrsicc.models.decoding.hypothesis import begin
from mmrsicc.structures import Conditions


@torch.no_grad()
def count_flops(model: Any, height: int, width: int, length: int) -> dict[str, int]:
    """FLOPs of captioning one pair, by part.

    Args:
        model: A :class:`~mmrsicc.models.ChangeCaptioner`; it is left in eval mode.
        height: Of the images, in pixels.
        width: The same.
        length: Words of the sentence, its end included: as many steps of greedy decoding.

    Returns:
        ``backbone`` (both dates), ``neck`` and ``head``, and ``stems``, ``change_detector``,
        ``mask_head`` and ``flag_head`` where there is one.
    """
    # The counter tracks gradients of all parameters that require one, which fails without a graph.
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        return _count(model.eval(), height, width, length)
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)


def _count(model: Any, height: int, width: int, length: int) -> dict[str, int]:
    device = next(model.parameters()).device
    bands = model.encoder.normalizer.bands
    images = [torch.zeros(1, count, height, width, device=device) for count in bands]
    found: dict[str, int] = {}
    with counter() as counted:
        total = counted.get_total_flops
        with ExitStack() as parts:
            for name in ("backbone", "neck", "mask_head", "stems"):
                part = getattr(model.encoder, name)
                for module in part if isinstance(part, nn.ModuleList) else [part]:
                    if module is not None:
                        parts.enter_context(_counted(module, name, found, total))
            features = model.encoder(*images)
        rest = total() - sum(found.values())
    if not found["stems"]:
        del found["stems"]
    if rest:
        found["change_detector" if model.encoder.change_detector is not None else "other"] = rest
    with counter() as counted:
        _decode(model, features, length)
        found["head"] = counted.get_total_flops()
    if model.flag_head is not None:
        with counter() as counted:
            model.flag_head(features)
            found["flag_head"] = counted.get_total_flops()
    return found


def _decode(model: Any, features: Any, length: int) -> None:
    """Steps as greedy search takes them, whatever the words are."""
    told = Conditions(flag=torch.zeros(1, device=features.tokens.device))
    last, state = begin(model.speaker.head, features, told, model.speaker.tokenizer.start_id)
    for _ in range(length):
        _, state = model.speaker.head.step(last, state)


@contextmanager
def counter() -> Iterator[FlopCounterMode]:
    """A counter that also sees attention, transformer layers and LSTM.

    Their fused kernels, which differ from device to device and version to version, are switched off
    meanwhile: what remains are plain matrix products.
    """
    fast_path = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The switches warn of features that are not used.
            with (
                sdpa_kernel(SDPBackend.MATH),
                torch.backends.mkldnn.flags(enabled=False),
                torch.backends.cudnn.flags(enabled=False),
                FlopCounterMode(display=False) as counted,
            ):
                yield counted
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)


@contextmanager
def _counted(
    part: nn.Module, name: str, found: dict[str, int], total: Callable[[], int]
) -> Iterator[None]:
    """Adds to ``found[name]`` what calls of a part take meanwhile."""
    starts: list[int] = []
    found.setdefault(name, 0)

    def before(module: nn.Module, arguments: Any) -> None:
        starts.append(total())

    def after(module: nn.Module, arguments: Any, output: Tensor) -> None:
        found[name] += total() - starts.pop()

    handles = [part.register_forward_pre_hook(before), part.register_forward_hook(after)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
