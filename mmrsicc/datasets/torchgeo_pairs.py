"""TorchGeo's bi-temporal samples with captions, as a data set of this toolbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose
from torch import Tensor
from torch.utils.data import Dataset

from mmrsicc.datasets.band_values import check_numbers
from mmrsicc.datasets.caption_file import change_flag_of
from mmrsicc.datasets.sentences import sentence_words
from mmrsicc.registry import DATASETS, TRANSFORMS
from mmrsicc.structures.change_mask import IGNORED
from mmrsicc.utils.extras import import_extra
from mmrsicc.utils.files import atomic_path


@DATASETS.register_module()
class TorchGeoDataset(Dataset):
    """Pairs of a TorchGeo data set, or of any other with samples like its.

    A sample is a dict with ``image``, (2, C, H, W), or ``image1`` and ``image2``, (C, H, W) each;
    ``caption`` or ``captions``: a sentence, several, or the ids of one that ``source.tokenizer``
    decodes; where there are any, ``mask``, (H, W) or (1, H, W) class ids of change with 0 for
    unchanged, or 0 and 255, and ``name``. The pipeline begins behind ``LoadPair``: images are
    there.

    Scores need all references: a source that gives one sentence at a time has one.

    Args:
        source: The data set, or its config with the name of a class in ``torchgeo.datasets``, such
            as ``dict(type="ForestChange", root="data", split="train")``.
        pipeline: Transforms behind ``LoadPair``, as configs or callables.
        split: Name of the split, for names of pairs and :meth:`write_captions`.
        bands: Which bands are red, green and blue, counted from 1; None: there are three.
        value_range: Values that become 0 and 255; TorchGeo leaves 8-bit images as they are.
        test_mode: No difference here: a sample is a pair with all its sentences anyway.

    Raises:
        ImportError: If the config names a class and TorchGeo is not installed.
        ValueError: If it has no such class; when read, if a sample is another.
    """

    def __init__(
        self,
        source: Any,
        pipeline: Sequence[Any] = (),
        split: str = "train",
        bands: Sequence[int] | None = None,
        value_range: tuple[float, float] = (0.0, 255.0),
        test_mode: bool = False,
    ) -> None:
        self.source = _built(source) if isinstance(source, Mapping) else source
        self.pipeline = Compose(
            [TRANSFORMS.build(t) if isinstance(t, Mapping) else t for t in pipeline]
        )
        self.split = split
        self.bands = bands
        self.value_range = value_range
        self.metainfo = {"dataset_name": type(self.source).__name__}
        self._known: list[dict[str, Any]] | None = None

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Any:
        """A pair as the pipeline makes it.

        Raises:
            ValueError: If the sample lacks what a pair needs.
        """
        sample = self.source[index]
        results = self._texts(sample, index)
        results["before"], results["after"] = self._dates(sample, index)
        results["ori_shape"] = results["img_shape"] = results["before"].shape[:2]
        if sample.get("mask") is not None:
            mask = torch.as_tensor(sample["mask"]).squeeze(0)
            if mask.min() < 0 or mask.max() > 255:
                raise ValueError(f"sample {index} has a mask with values beyond 0 to 255: map them")
            if set(mask.unique().tolist()) <= {0, IGNORED}:
                # As in files: without a class, 255 is what changed.
                mask = mask > 0
            results["gt_mask"] = mask.to(torch.uint8).numpy()
        return self.pipeline(results)

    def get_data_info(self, index: int) -> dict[str, Any]:
        """Name, sentences and flag of a pair."""
        return self._texts(self.source[index], index)

    def sentences(self) -> list[str]:
        """Every distinct sentence, in order of first appearance; it reads all samples once."""
        return list(dict.fromkeys(text for texts in self._read() for text in texts["captions"]))

    def changed_captions(self) -> dict[str, list[str]]:
        """References of each changed pair by its name."""
        return {t["pair_id"]: t["captions"] for t in self._read() if t["change_flag"] == 1}

    def write_captions(self, path: str | Path) -> None:
        """Writes a caption file, in which a ``Vocabulary`` counts the words."""
        images = [
            {
                "filename": f"{texts['pair_id']}.png",
                "split": self.split,
                "changeflag": texts["change_flag"],
                "sentences": [{"raw": caption} for caption in texts["captions"]],
            }
            for texts in self._read()
        ]
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps({"images": images}, indent=1) + "\n", encoding="utf-8")

    def _read(self) -> list[dict[str, Any]]:
        if self._known is None:
            self._known = [self.get_data_info(i) for i in range(len(self))]
        return self._known

    def _texts(self, sample: Mapping[str, Any], index: int) -> dict[str, Any]:
        """Name, sentences and flag of a pair."""
        given = sample.get("captions", sample.get("caption"))
        if isinstance(given, Tensor):
            if (tokenizer := getattr(self.source, "tokenizer", None)) is None:
                raise ValueError(
                    f"sample {index} has ids for a caption, but its data set no tokenizer: give "
                    "text, as caption or captions"
                )
            given = tokenizer.decode(given.tolist())
        texts = [given] if isinstance(given, str) else list(given or ())
        captions = [" ".join(sentence_words(text)) for text in texts]
        if not captions or not all(captions):
            raise ValueError(
                f"sample {index} has no caption, or an empty one: it has {sorted(sample)}; take a "
                "data set whose samples have captions"
            )
        name = sample.get("name") or f"{self.split}_{index:06d}"
        flag = change_flag_of(captions)
        return {
            "pair_id": str(name),
            "captions": captions,
            "targets": list(captions),
            "change_flag": flag,
        }

    def _dates(self, sample: Mapping[str, Any], index: int) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 3) uint8 images of both dates."""
        pair = sample.get("image")
        if pair is None and {"image1", "image2"} <= sample.keys():
            pair = torch.stack([sample["image1"], sample["image2"]])
        if pair is None or pair.dim() != 4 or len(pair) != 2:
            shape = None if pair is None else tuple(pair.shape)
            raise ValueError(
                f"sample {index} has images of shape {shape}: they must be image (2, C, H, W), or "
                "image1 and image2 (C, H, W)"
            )
        if self.bands is not None:
            check_numbers(f"sample {index}", pair.shape[1], self.bands)
            pair = pair[:, [band - 1 for band in self.bands]]
        low, high = self.value_range
        # Bright clouds have a reflectance above 1.
        if high == 255 and pair.is_floating_point() and pair.max() < 10 and (pair % 1).any():
            raise ValueError(
                f"sample {index} has values from {pair.min():g} to {pair.max():g}: say "
                "value_range=(0, 1), or what they reach"
            )
        if pair.shape[1] != 3 or pair.min() < low or pair.max() > high:
            raise ValueError(
                f"sample {index} has {pair.shape[1]} bands with values from {pair.min():g} to "
                f"{pair.max():g}: choose three by bands, and say the range by value_range"
            )
        scaled = ((pair.float() - low) * (255.0 / (high - low))).round().to(torch.uint8)
        before, after = scaled.permute(0, 2, 3, 1).numpy()
        return before, after


def _built(config: Mapping[str, Any]) -> Any:
    """TorchGeo's data set of a config."""
    arguments = dict(config)
    name = str(arguments.pop("type", None))
    datasets = import_extra("torchgeo.datasets")
    cls = getattr(datasets, name, None)
    if not isinstance(cls, type):
        raise ValueError(f"torchgeo.datasets has no {name}: look at its documentation for the name")
    return cls(**arguments)
