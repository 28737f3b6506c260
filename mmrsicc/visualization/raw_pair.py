"""Raw pair: a pair as recorded, before the pipeline."""

from collections.abc import Iterable, Mapping
from typing import Any

from mmrsicc.datasets.mask_values import class_names
from mmrsicc.datasets.transforms import PackChangeInputs, loading_step


def raw_pair(record: dict[str, Any], pipeline: Iterable[Any] = ()) -> dict[str, Any]:
    """Pixels at full size and all that is known of a pair, but no sentence to train on.

    Args:
        record: ``before_path`` and ``after_path``, and what else a data set knows of the pair.
        pipeline: Transforms; their ``LoadPair`` is used, since it says how the values of the
            files are to be read, and nothing after it.

    Returns:
        ``inputs``, of any bands as a picture of some (see
        :class:`~mmrsicc.datasets.transforms.LoadBands`), and ``data_samples`` of
        :class:`~mmrsicc.datasets.transforms.PackChangeInputs`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is damaged, or sizes differ.
    """
    record = {key: value for key, value in record.items() if key != "targets"}
    loading = loading_step(pipeline)
    loaded = loading(record)
    loaded["before"], loaded["after"] = loading.picture(loaded["before"], loaded["after"])
    return PackChangeInputs()(loaded)


def mask_names(metainfo: Mapping[str, Any], pipeline: Iterable[Any] = ()) -> dict[int, str]:
    """Names of the classes of change by id, as the masks of :func:`raw_pair` have them.

    Args:
        metainfo: Of the data set.
        pipeline: As for :func:`raw_pair`; its ``LoadPair`` may make one class of all.
    """
    return {} if loading_step(pipeline).binary_mask else class_names(metainfo.get("mask_classes"))
