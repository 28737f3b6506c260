"""Base of the native change detectors."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from math import ceil

import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import Tensor

from mmrsicc.models.change_detectors.mask_samples import predict_masks, stack_masks
from mmrsicc.models.change_detectors.sliding_window import SlidingWindow
from mmrsicc.models.data_preprocessor import PairDataPreprocessor
from mmrsicc.models.losses.masks import build_mask_losses
from mmrsicc.models.pair_normalizer import PairNormalizer
from mmrsicc.structures import ChangeDataSample, ChangeFeatures
from mmrsicc.utils.checkpoint import check_source, find_checkpoint, load_weights, read_checkpoint


class ChangeDetector(BaseModel, metaclass=ABCMeta):
    """Base of the native change detectors; each adds its network and :meth:`detect`.

    Trained by itself on masks; given to a captioner, it contributes :meth:`extract` and is frozen
    there.

    Args:
        source_dataset: Name of the data set the weights come from, None for random ones; stands in
            the provenance of every captioner that uses them.
        checkpoint: Weights to start from: a file of this model's own training, or a glob pattern
            that matches one.
        made_by: The command that makes ``checkpoint``, told where it is missing.
        losses: Configs of the losses of the mask (``mmrsicc/models/losses/masks.py``), summed;
            ``BCELoss`` and ``DiceLoss`` by default.
        statistics: ``before`` and ``after``, arguments of :class:`PairNormalizer`: of the images
            that this detector was trained on.
        size_divisor: Images are padded to multiples of it.
        sliding_window: ``size`` and ``stride`` of a :class:`SlidingWindow` through which masks are
            predicted; None: whole images are looked at at once.

    Raises:
        ValueError: If two losses have the same name.
    """

    def __init__(
        self,
        source_dataset: str | None,
        checkpoint: str | None = None,
        made_by: str | None = None,
        losses: Sequence[dict] | None = None,
        statistics: dict | None = None,
        size_divisor: int = 32,
        sliding_window: dict | None = None,
    ) -> None:
        normalizer = PairNormalizer(**(statistics or {}))
        super().__init__(PairDataPreprocessor(normalizer.fill, size_divisor))
        self.normalizer = normalizer
        self.size_divisor = size_divisor
        self.source_dataset = source_dataset
        self.checkpoint = checkpoint
        self.made_by = made_by
        self.sliding_window = None if sliding_window is None else SlidingWindow(**sliding_window)
        self.losses = build_mask_losses(losses or [{"type": "BCELoss"}, {"type": "DiceLoss"}])

    @abstractmethod
    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Features, and logits (B, 2, H, W), of normalised images (B, C, H, W).

        Images have at least 32 x 32 pixels.
        """

    @property
    def bands(self) -> int:
        """Number of bands of an image of both dates.

        Raises:
            ValueError: If the dates differ in it.
        """
        first, second = self.normalizer.bands
        if first != second:
            raise ValueError(
                f"the dates have {first} and {second} bands, but {type(self).__name__} has one "
                "backbone for both: take FCEF or BCNN, which have none"
            )
        return first

    def side_logits(self, features: ChangeFeatures) -> list[tuple[Tensor, float]]:
        """Further logits (B, 2, h, w) to be trained, each with its weight; none by default."""
        return []

    def init_weights(self) -> None:
        """Initialises, or loads ``checkpoint`` with every key accounted for.

        Raises:
            FileNotFoundError: If ``checkpoint`` is missing; the message says how to make it.
            ValueError: If it does not fit, or was trained on another data set.
        """
        if self.checkpoint is None:
            super().init_weights()
            return
        path = find_checkpoint(self.checkpoint, self.made_by)
        content = read_checkpoint(path)
        check_source(content, self.source_dataset, path)
        load_weights(self, content["state_dict"], path)

    def extract(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Features and logits of raw images (B, C, H, W) of any size, as in the files.

        The images are padded as for a test. Of logits and maps, what lies in the padding alone is
        cut off again.
        """
        height, width = before.shape[-2:]
        down, right = -height % self.size_divisor, -width % self.size_divisor

        def cut(maps: Tensor) -> Tensor:
            rows = ceil(maps.shape[-2] * height / (height + down))
            columns = ceil(maps.shape[-1] * width / (width + right))
            return maps[..., :rows, :columns]

        images = self.normalizer(before, after)
        found = self.detect(*(F.pad(image, (0, right, 0, down)) for image in images))
        return ChangeFeatures(
            before=tuple(map(cut, found.before)),
            after=tuple(map(cut, found.after)),
            difference=None if found.difference is None else tuple(map(cut, found.difference)),
            logits=None if found.logits is None else cut(found.logits),
        )

    def forward(
        self,
        inputs: tuple[Tensor, Tensor],
        data_samples: Sequence[ChangeDataSample] | None = None,
        mode: str = "tensor",
    ) -> dict[str, Tensor] | list[ChangeDataSample] | Tensor:
        """Takes raw images of both dates, (B, C, H, W) each, padded to ``size_divisor``.

        Returns:
            mode 'loss': losses by name; 'predict': samples with ``pred_mask``; 'tensor':
            (B, 2, H, W) logits.

        Raises:
            ValueError: If the mode is another.
        """
        before, after = self.normalizer(*inputs)
        samples = data_samples or [ChangeDataSample() for _ in before]
        if mode == "tensor":
            return self._logits(before, after)
        if mode == "loss":
            return self.pair_losses(before, after, samples)
        if mode == "predict":
            window = self.sliding_window
            logits = window(self._logits, before, after) if window else self._logits(before, after)
            predict_masks(samples, logits)
            return list(samples)
        raise ValueError(f"mode must be 'loss', 'predict' or 'tensor', got {mode!r}")

    def pair_losses(
        self, before: Tensor, after: Tensor, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Losses by name, of normalised images (B, C, H, W) and the masks of their samples."""
        features = self.detect(before, after)
        assert features.logits is not None
        return self._mask_losses(features, stack_masks(samples, features.logits))

    def _logits(self, before: Tensor, after: Tensor) -> Tensor:
        """(B, 2, H, W) logits of normalised images."""
        logits = self.detect(before, after).logits
        assert logits is not None
        return logits

    def _mask_losses(self, features: ChangeFeatures, labels: Tensor) -> dict[str, Tensor]:
        """Losses by name, of labels (B, H, W); all side logits of one loss are one term."""
        terms = {f"loss_{k.name}": k(features.logits, labels) * k.weight for k in self.losses}
        for logits, weight in self.side_logits(features):
            coarse = F.interpolate(labels[:, None].float(), logits.shape[-2:])[:, 0].long()
            for loss in self.losses:
                key = f"loss_side_{loss.name}"
                terms[key] = terms.get(key, 0) + loss(logits, coarse) * loss.weight * weight
        return terms
