"""Change masks into samples and out of them."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmrsicc.structures import IGNORED, ChangeDataSample


def predict_masks(samples: Sequence[ChangeDataSample], logits: Tensor) -> None:
    """Gives each sample its ``pred_mask`` of class ids, unpadded, from logits (B, C, H, W).

    ``pred_classes`` says how many there are, C.
    """
    masks = logits.argmax(1).to(torch.uint8).cpu()
    for sample, mask in zip(samples, masks, strict=True):
        height, width = sample.get("img_shape", mask.shape)
        sample.pred_mask = mask[:height, :width]
        sample.pred_classes = logits.shape[1]


def changed_places(logits: Tensor, shapes: Sequence[Sequence[int]] = ()) -> Tensor:
    """(B, H, W) bool, where masks of logits (B, C, H, W) are changed; never in the padding.

    Args:
        logits: Of the masks, unchanged first.
        shapes: (H, W) of each image, of which the rest is padding; by default all are whole.
    """
    changed = logits.argmax(1) != 0
    for mask, (height, width) in zip(changed, shapes, strict=False):
        mask[height:] = False
        mask[:, width:] = False
    return changed


def changed_shares(changed: Tensor, shapes: Sequence[Sequence[int]] = ()) -> Tensor:
    """(B,) share of the changed places (B, H, W) of each image; as :func:`changed_places`."""
    sizes = shapes or [changed.shape[1:]] * len(changed)
    areas = torch.tensor([height * width for height, width in sizes], device=changed.device)
    return changed.sum((1, 2)) / areas


def stack_masks(samples: Sequence[ChangeDataSample], logits: Tensor) -> Tensor:
    """Labels (B, H, W) of the samples' masks, padded like the images that gave the logits.

    Raises:
        ValueError: If a sample has no mask, or one of a class that has no logits.
    """
    height, width = logits.shape[-2:]
    masks = []
    for sample in samples:
        if "gt_mask" not in sample:
            raise ValueError(
                f"pair {sample.get('pair_id')!r} has no mask: a change detector trains on "
                "A/B/label folders (ChangeDetectionDataset)"
            )
        mask = sample.gt_mask
        padding = (0, width - mask.shape[1], 0, height - mask.shape[0])
        masks.append(F.pad(mask.long(), padding, value=IGNORED))
    # Checked on the CPU, where the samples are: reading a GPU's labels would synchronise.
    labels = torch.stack(masks)
    known = labels[labels != IGNORED]
    if len(known) and int(known.max()) >= logits.shape[1]:
        raise ValueError(
            f"masks have class {int(known.max())}, but there are {logits.shape[1]} classes with "
            '"unchanged": load them with LoadPair(binary_mask=True), or raise num_classes of the '
            "mask head"
        )
    return labels.to(logits.device, non_blocking=True)


def labelled_pixels(
    samples: Sequence[ChangeDataSample], size: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Pixels with a label, (N, 3) by sample, row and column, and their classes (N,), on the CPU.

    Args:
        samples: With masks of up to that size.
        size: Height and width of the images.

    Raises:
        ValueError: As :func:`stack_masks`, of two classes.
    """
    labels = stack_masks(samples, torch.empty(()).expand(len(samples), 2, *size))
    labelled = labels != IGNORED
    return labelled.nonzero(), labels[labelled]
