"""Open-CD's change detectors as they are."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmengine import Config
from torch import Tensor

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers import encode_dates
from mmrsicc.models.layers.encode_dates import split_dates, takes_both_dates
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures
from mmrsicc.utils.checkpoint import find_checkpoint, load_weights, read_checkpoint
from mmrsicc.utils.opencd import import_opencd


@MODELS.register_module()
class OpenCDChangeDetector(ChangeDetector):
    """A change detector of Open-CD, from its own config and checkpoint.

    Siamese ones (``SiamEncoderDecoder``: BIT, ChangeFormer, STANet, ...) and those with a backbone
    of two inputs (``DIEncoderDecoder``: Changer, TinyCDv2, SNUNet, ...). Train it with
    Open-CD; here it is tested, or frozen in a captioner. Images are looked at whole, at their own
    size, where Open-CD's config may ask for a sliding window.

    Args:
        config: Open-CD's config file, or what stands there as ``model``. The file must also be
            there when the captioner is used.
        source_dataset: See :class:`ChangeDetector`.
        checkpoint: Open-CD's checkpoint, or a glob pattern that matches one. None: weights as the
            config initialises them.
        **kwargs: See :class:`ChangeDetector`; normalisation is Open-CD's.

    Raises:
        FileNotFoundError: If there is no such config file.
        ImportError: If Open-CD cannot be imported; says why.
        ValueError: If the config's model is neither Siamese nor one of two inputs, or tells more
            than changed from unchanged.
    """

    def __init__(
        self,
        config: str | dict,
        source_dataset: str | None,
        checkpoint: str | None = None,
        **kwargs: Any,
    ) -> None:
        as_they_are = {"before": {"mean": (0, 0, 0), "std": (1, 1, 1)}}
        options = {"statistics": as_they_are, "size_divisor": 1, **kwargs}
        super().__init__(source_dataset, checkpoint, **options)
        import_opencd()
        model = Config.fromfile(config).model if isinstance(config, str) else config
        self.network = MODELS.build({**model, "_scope_": "opencd"})
        siamese, dual = (MODELS.get(f"opencd.{k}EncoderDecoder") for k in ("Siam", "DI"))
        channels = getattr(getattr(self.network, "decode_head", None), "out_channels", None)
        if not isinstance(self.network, siamese) or channels not in (1, 2):
            raise ValueError(
                f"{model['type']} with a decode head of {channels} channels cannot serve as a "
                "change detector: only a SiamEncoderDecoder or DIEncoderDecoder of Open-CD with 1 "
                "or 2 can"
            )
        if not hasattr(self.network.data_preprocessor, "channel_conversion"):
            raise ValueError(
                f"{model['type']} has no data_preprocessor: give Open-CD's, since the detector "
                "must get images normalised as it was trained"
            )
        self.dual_input = isinstance(self.network, dual)

    def init_weights(self) -> None:
        """Loads ``checkpoint`` with every key accounted for, or initialises as Open-CD does.

        Raises:
            FileNotFoundError: If ``checkpoint`` is missing.
            ValueError: If it does not fit the config, or holds more than weights.
        """
        if self.checkpoint is None:
            self.network.init_weights()
            return
        path = find_checkpoint(self.checkpoint, self.made_by)
        load_weights(self.network, read_checkpoint(path)["state_dict"], path)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The backbone's maps of both dates, and the decode head's inputs and logits.

        A backbone that mixes the dates from the start has maps of neither: its joint maps stand in
        place of both. ``difference`` is what the decode head gets: with the policy ``concat`` and
        with ``IA_*``, both dates side by side.
        """
        images = self._prepare(before, after)
        network, (first, second) = self.network, images.chunk(2, dim=1)
        if self.dual_input:
            joint = tuple(network.backbone(first, second))
            apart = takes_both_dates(network.backbone)
            firsts, seconds = split_dates(joint) if apart else (joint, joint)
            fused = network.neck(joint) if network.with_neck else joint
        else:
            firsts, seconds = encode_dates(network.backbone, first, second)
            fused = network.neck(firsts, seconds)
        shape = tuple(images.shape[-2:])
        metas = [{"img_shape": shape, "pad_shape": shape}] * len(images)
        scores = network.decode_head.predict(fused, metas, network.test_cfg)
        height, width = before.shape[-2:]
        logits = self._classes(scores)[:, :, :height, :width]
        return ChangeFeatures(firsts, seconds, tuple(fused), logits)

    def _prepare(self, before: Tensor, after: Tensor) -> Tensor:
        """RGB images to (B, 6, H', W') as Open-CD's preprocessor makes them from files.

        Open-CD reads files as BGR; which order the network sees is its preprocessor's choice.
        """
        own = self.network.data_preprocessor
        if not own.channel_conversion:
            before, after = before.flip(1), after.flip(1)
        images = torch.cat([before, after], dim=1)
        if hasattr(own, "mean"):
            images = (images - own.mean) / own.std
        divisor = (own.test_cfg or {}).get("size_divisor") or 1
        height, width = images.shape[-2:]
        return F.pad(images, (0, -width % divisor, 0, -height % divisor), value=own.pad_val)

    def _classes(self, scores: Tensor) -> Tensor:
        """(B, classes, H, W) of a decode head's scores; the largest is its decision.

        A head of one channel says changed where the sigmoid is above its threshold.
        """
        if scores.shape[1] > 1:
            return scores
        threshold = torch.tensor(self.network.decode_head.threshold).logit()
        return torch.cat([torch.zeros_like(scores), scores - threshold], dim=1)
