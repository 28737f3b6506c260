"""The last step of every pipeline."""

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from mmrsicc.registry import TRANSFORMS
from mmrsicc.structures import ChangeDataSample

_DATA = ("targets", "change_flag")
_LABELS = ("gt_mask", "before_semantic", "after_semantic")
_META = (
    "pair_id",
    "before_path",
    "after_path",
    "ori_shape",
    "img_shape",
    "orientation",
    "radiometry",
)


@TRANSFORMS.register_module()
class PackChangeInputs(BaseTransform):
    """Pack a pair for the captioner.

    Returns ``inputs``, a tuple of the images of before and after, (C, H, W) each, and
    ``data_samples``, a :class:`~mmrsicc.structures.ChangeDataSample` with what is known of the
    pair.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Keep what a model needs, as tensors."""
        pair = tuple(_image(results[date]) for date in ("before", "after"))
        sample = ChangeDataSample(metainfo={k: results[k] for k in _META if k in results})
        if "captions" in results:
            sample.gt_captions = results["captions"]
        for key in _DATA:
            if key in results:
                setattr(sample, key, results[key])
        for key in _LABELS:
            if key in results:
                setattr(sample, key, torch.from_numpy(np.ascontiguousarray(results[key])))
        return {"inputs": pair, "data_samples": sample}


def _image(array: np.ndarray) -> torch.Tensor:
    """(C, H, W) tensor of an image (H, W, C)."""
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))
