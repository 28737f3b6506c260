"""Change caption data set: pairs of images with several sentences each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from mmrsicc.datasets.caption_file import CaptionRecord, parse_record, read_split
from mmrsicc.datasets.manifest import ManifestRows, is_manifest, read_manifest
from mmrsicc.datasets.sentences import sentence_words
from mmrsicc.datasets.webdataset import check_shards
from mmrsicc.registry import DATASETS, TRANSFORMS
from mmrsicc.utils.counts import counted
from mmrsicc.utils.file_names import composed, on_disk


@DATASETS.register_module()
class ChangeCaptionDataset(BaseDataset):
    """Bi-temporal pairs with sentences about what changed.

    Images lie in ``{data_root}/{img}/{filepath}/{before_dir or after_dir}/{filename}``, where
    ``filepath`` and ``filename`` come from the caption file (see
    :mod:`mmrsicc.datasets.caption_file`).

    A pipeline receives a dict with ``pair_id`` (file name without extension), ``before_path``,
    ``after_path``, ``mask_path`` (only with ``mask_dir``), ``before_semantic_path`` and
    ``after_semantic_path`` (only with ``semantic_dirs``), ``captions`` (all references),
    ``targets`` (the sentences to train on) and ``change_flag`` (0 or 1).

    Args:
        ann_file: Caption file, folder of several, manifest in Parquet (see
            :mod:`mmrsicc.datasets.manifest`), or index of WebDataset shards, which hold the images
            (see :mod:`mmrsicc.datasets.webdataset`), relative to ``data_root``.
        data_root: Folder of the data set.
        split: Which records to take.
        data_prefix: ``img``: image folder, relative to ``data_root``.
        before_dir: Folder of the first date.
        after_dir: Folder of the second date.
        mask_dir: Folder of the change masks, or None. ``mask_classes`` of the ``metainfo`` say what
            their values mean (see :mod:`mmrsicc.datasets.mask_values`).
        semantic_dirs: Folders of the semantic maps of the first and second date, or None. Colours
            become class ids by ``semantic_classes`` of the ``metainfo``, colours by class name in
            order of id; without it, the first channel holds the ids.
        caption_mode: ``pair``: a sample is a pair with all its sentences, so that it is encoded
            once for all of them; ``sentence``: a sample is one sentence with its pair; ``random``:
            a sample is a pair with one sentence, drawn at each access with NumPy's global
            generator, which MMEngine seeds in each worker; ``first``: a sample is a pair with its
            first sentence.
        no_change_policy: ``keep``: train on the sentences as they are; ``replace``: each sentence
            of an unchanged pair is ``no_change_sentence``, as PromptCC has it; ``collapse``: that
            is its only sentence. References stay as they are.
        no_change_sentence: Target of unchanged pairs, unless they are kept.
        pipeline: Transforms, as configs or callables.
        test_mode: Exactly one sample per pair, whatever ``caption_mode`` says.
        **kwargs: As for MMEngine's ``BaseDataset`` (``indices``, ``lazy_init``, ...).

    Raises:
        FileNotFoundError: If the caption file, an image folder or an annotated image is missing.
        ValueError: If an argument, the caption file or a record is wrong, or the split is empty.
    """

    METAINFO: dict[str, Any] = {"dataset_name": "change captions"}

    def __init__(
        self,
        ann_file: str,
        data_root: str = "",
        split: str = "train",
        data_prefix: dict[str, str] | None = None,
        before_dir: str = "A",
        after_dir: str = "B",
        mask_dir: str | None = None,
        semantic_dirs: Sequence[str] | None = None,
        caption_mode: str = "pair",
        no_change_policy: str = "keep",
        no_change_sentence: str = "the scene is the same as before",
        pipeline: Sequence[Any] = (),
        test_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        if caption_mode not in ("pair", "sentence", "random", "first"):
            raise ValueError(
                f"caption_mode={caption_mode!r}: choose pair, sentence, random or first"
            )
        if no_change_policy not in ("keep", "replace", "collapse"):
            raise ValueError(
                f"no_change_policy={no_change_policy!r}: choose keep, replace or collapse"
            )
        self.split = split
        self.directories = {"before_path": before_dir, "after_path": after_dir}
        if mask_dir is not None:
            self.directories["mask_path"] = mask_dir
        if semantic_dirs is not None:
            if isinstance(semantic_dirs, str) or len(semantic_dirs) != 2:
                raise ValueError(
                    f"semantic_dirs={semantic_dirs!r}: name two folders, of both dates"
                )
            keys = ("before_semantic_path", "after_semantic_path")
            self.directories.update(zip(keys, semantic_dirs, strict=True))
        self.caption_mode = caption_mode
        self.no_change_policy = no_change_policy
        self.no_change_sentence = " ".join(sentence_words(no_change_sentence))
        super().__init__(
            ann_file=ann_file,
            data_root=data_root,
            data_prefix=data_prefix or {"img": "images"},
            # Built here, so that the data set also works where no default scope is set.
            pipeline=[TRANSFORMS.build(t) if isinstance(t, dict) else t for t in pipeline],
            test_mode=test_mode,
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        """One dict per sample, after checking that every annotated file is there.

        Of a manifest in Parquet, samples are made when they are asked for, and files are not
        looked for: one that is missing shows when it is loaded.
        """
        if is_manifest(self.ann_file):
            return self._manifest()
        records = read_split(self.ann_file, self.split)
        for directory in self.directories.values():
            places = [self.file_of(directory, record) for record in records]
            check_files(places, self.ann_file)
        samples: list[dict] = []
        for record in records:
            sample = self._sample(record)
            if not self.test_mode and self.caption_mode == "sentence":
                samples.extend({**sample, "targets": [target]} for target in sample["targets"])
            else:
                samples.append(sample)
        return samples

    def _manifest(self) -> Any:
        """Samples of a manifest; MMEngine must not write them all out."""
        if self.caption_mode == "sentence" and not self.test_mode:
            raise ValueError(
                f"caption_mode='sentence' lists all sentences of {self.ann_file}: take 'random', "
                "which draws one at each access, or 'pair'"
            )
        self.serialize_data = False
        table = read_manifest(self.ann_file, self.split)
        if "shard" in table.column_names:
            check_shards(table, self.ann_file, self.kinds)
        return ManifestRows(table, self._made)

    def _made(self, raw: dict[str, Any], index: int) -> dict[str, Any]:
        """The sample of a manifest's row."""
        return self._sample(parse_record(raw, index, self.ann_file))

    def _sample(self, record: CaptionRecord) -> dict[str, Any]:
        """A pair as the pipeline receives it, with all its sentences."""
        return {
            "pair_id": record.pair_id,
            **{key: str(path) for key, path in self.files_of(record).items()},
            "captions": list(record.captions),
            "change_flag": record.change_flag,
            "targets": self._targets(record),
        }

    def _get_unserialized_subset(self, indices: Sequence[int] | int) -> Any:
        """Part of the samples; those of a manifest stay unmade."""
        if isinstance(self.data_list, ManifestRows) and not isinstance(indices, int):
            return self.data_list.take(indices)
        return super()._get_unserialized_subset(indices)

    @property
    def kinds(self) -> list[str]:
        """Kinds of images of a pair, as shards call them: ``before``, ``after``, ``mask``, ..."""
        return [key.removesuffix("_path") for key in self.directories]

    def files_of(self, record: CaptionRecord) -> dict[str, Path]:
        """Paths of a record's images by their keys, such as ``before_path``; shards' lie inside."""
        if record.members:
            folder = Path(self.ann_file).parent
            places = (folder / record.members[kind] for kind in self.kinds)
            return dict(zip(self.directories, places, strict=True))
        return {key: self.file_of(place, record) for key, place in self.directories.items()}

    def image_path(self, directory: str, folder: str, filename: str) -> Path:
        """Path of an image.

        Args:
            directory: One of ``directories``: what of the pair it is.
            folder: As in the record.
            filename: The same.
        """
        return Path(self.data_prefix["img"], folder, directory, filename)

    def file_of(self, directory: str, record: CaptionRecord) -> Path:
        """Path of a record's image, in the Unicode form of the file name.

        Args:
            directory: As for :meth:`image_path`.
            record: The record.
        """
        return on_disk(self.image_path(directory, record.folder, record.filename))

    def _targets(self, record: CaptionRecord) -> list[str]:
        """Sentences that a pair may be trained on."""
        if self.no_change_policy == "keep" or record.change_flag != 0:
            return list(record.captions)
        times = len(record.captions) if self.no_change_policy == "replace" else 1
        return [self.no_change_sentence] * times

    def get_data_info(self, idx: int) -> dict:
        """Sample ``idx`` as the pipeline receives it."""
        info = super().get_data_info(idx)
        if self.caption_mode == "random" and not self.test_mode:
            targets = info["targets"]
            info["targets"] = [targets[np.random.randint(len(targets))]]  # noqa: NPY002
        elif self.caption_mode == "first":
            info["targets"] = info["targets"][:1]
        if "before_semantic_path" in info:
            info["semantic_classes"] = self.metainfo.get("semantic_classes")
        if "mask_path" in info:
            info["mask_classes"] = self.metainfo.get("mask_classes")
        return info

    def sentences(self) -> list[str]:
        """Every distinct sentence that a sample can have, in order of first appearance.

        These are all references, the collapse sentence if it is used, and, if a transform
        rewrites captions (attribute ``rewrites_captions``), all that it can make of them. Text
        embeddings are precomputed for them.
        """
        found: dict[str, None] = {}
        for idx in range(len(self)):
            info = super().get_data_info(idx)
            found.update(dict.fromkeys([*info["captions"], *info["targets"]]))
        for transform in self.pipeline.transforms:
            if getattr(transform, "rewrites_captions", False):
                rewritten = [text for known in found for text in transform.rewritings(known)]
                found.update(dict.fromkeys(rewritten))
        return list(found)

    def changed_captions(self) -> dict[str, list[str]]:
        """References of each changed pair by its name."""
        records = (super(ChangeCaptionDataset, self).get_data_info(i) for i in range(len(self)))
        return {r["pair_id"]: list(r["captions"]) for r in records if r["change_flag"] == 1}


def missing_files(places: Sequence[Path]) -> dict[Path, list[str]]:
    """Names of the files that are not there, by folder.

    A folder that does not exist is listed with all its files. Each folder is listed once, since
    asking for every file takes minutes on network drives.
    """
    wanted: dict[Path, list[str]] = {}
    for place in places:
        wanted.setdefault(place.parent, []).append(place.name)
    missing = {}
    for folder, names in wanted.items():
        present = {composed(entry.name) for entry in folder.iterdir()} if folder.is_dir() else set()
        absent = [name for name in names if composed(name) not in present]
        if absent:
            missing[folder] = absent
    return missing


def check_files(places: Sequence[Path], ann_file: str) -> None:
    """Raise ``FileNotFoundError`` unless every file of a caption file is there."""
    for folder, names in missing_files(places).items():
        if not folder.is_dir():
            raise FileNotFoundError(
                f"no image folder {folder}, which {ann_file} needs: check data_root, data_prefix "
                "and the names of the date folders, or download the images"
            )
        raise FileNotFoundError(
            f"{folder} lacks {counted(len(names), 'image')} that {ann_file} names, "
            f"the first: {', '.join(names[:3])}. Complete the folder, or take the caption file "
            "that belongs to it"
        )
