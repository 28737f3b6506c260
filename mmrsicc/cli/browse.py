"""``mmrsicc browse``: pairs of a data set with masks and sentences, on one page.

Example:
    mmrsicc browse CONFIG --out PICTURE.png
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from mmrsicc.cli.arguments import add_cfg_options, file_path, whole_number

HELP = "draw pairs of a data set with masks and sentences, on one page"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the data set, which of its pairs, and the picture."""
    parser.add_argument("config", help="config file")
    parser.add_argument("--out", required=True, type=file_path(".png"), metavar="PICTURE.png")
    parser.add_argument(
        "--split", choices=["train", "val", "test"], default="train", help="(default: train)"
    )
    parser.add_argument(
        "--num",
        type=whole_number(at_least=1),
        default=8,
        help="pairs, drawn at random (default: 8)",
    )
    parser.add_argument(
        "--seed", type=whole_number(at_least=0), default=0, help="random seed (default: 0)"
    )
    parser.add_argument("--ids", nargs="+", metavar="ID", help="these pairs instead, in this order")
    flags = parser.add_mutually_exclusive_group()
    flags.add_argument("--changed-only", action="store_true", help="no unchanged pairs")
    flags.add_argument("--unchanged-only", action="store_true", help="no changed pairs")
    parser.add_argument(
        "--pipeline",
        action="store_true",
        help="what the pipeline makes of the pairs (augmented, the sentences to train on in bold), "
        "not what is recorded",
    )
    add_cfg_options(parser, "train_dataloader.dataset.data_root=data/mine")


def run(args: Namespace) -> None:
    """Draws the picture.

    Raises:
        OSError, ValueError: There are no such pairs; the message says why.
    """
    from mmengine.runner import set_random_seed

    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils.counts import counted
    from mmrsicc.visualization import contact_sheet, mask_names, save_png

    check_writable(args.out, args)
    dataset = build_dataset(args)
    set_random_seed(args.seed)
    pairs: list[dict[str, Any]] = []
    for i in choose(dataset, args):
        pairs.append(take(dataset, i, args.pipeline))
        if len(pairs) == args.num and not args.ids:
            break
    if not pairs:
        raise ValueError(
            f"the {args.split} split of {args.config} has no such pair: choose another --split"
        )
    count = counted(len(pairs), "pair")
    what = "as the pipeline delivers them" if args.pipeline else "as recorded"
    some = any(_trains_on_some(pair["data_samples"]) for pair in pairs)
    bold = ", the sentences to train on in bold where not all are" if some else ""
    meta = dataset.metainfo
    name = meta.get("source_dataset", meta.get("dataset_name", "data set"))
    picture = contact_sheet(
        pairs,
        title=f"{name}, {args.split}",
        note=f"{count} {what}{bold}",
        mask_names=mask_names(meta, dataset.pipeline.transforms),
    )
    save_png(picture, args.out)
    print(f"{count} drawn in {args.out}, {picture.width} x {picture.height} pixels")


def _trains_on_some(sample: Any) -> bool:
    """Whether some of a pair's sentences, but not all, are trained on."""
    targets = set(sample.get("targets", ()))
    return bool(targets) and targets < {*sample.get("gt_captions", ()), *targets}


def build_dataset(args: Namespace) -> Any:
    """The data set of the config's loader of a split."""
    from mmengine.registry import init_default_scope

    from mmrsicc.registry import DATASETS
    from mmrsicc.utils.config_file import read_config

    cfg = read_config(args.config, args.cfg_options)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    splits = [s for s in ("train", "val", "test") if cfg.get(f"{s}_dataloader") is not None]
    if args.split not in splits:
        raise ValueError(
            f"{args.config} has no {args.split}_dataloader: choose --split among {splits}"
        )
    return DATASETS.build(cfg[f"{args.split}_dataloader"].dataset)


def shows_change(record: dict[str, Any]) -> bool:
    """Whether a record shows a change, by its flag or else its mask."""
    from mmrsicc.datasets.mask_io import read_mask
    from mmrsicc.structures import is_changed

    if "change_flag" in record:
        return bool(record["change_flag"])
    if "mask_path" in record:
        mask = read_mask(record["mask_path"], record["mask_classes"])
        if (window := record.get("window")) is not None:
            mask = mask[window.slices]
        return bool(is_changed(mask).any())
    raise ValueError(
        f"pair {record['pair_id']!r} has neither flag nor mask: "
        "leave out --changed-only and --unchanged-only"
    )


def choose(dataset: Any, args: Namespace) -> Iterator[int]:
    """Indices of one sample of each pair, or of each tile, that is asked for."""
    import numpy as np

    order = np.random.default_rng(args.seed).permutation(len(dataset)).tolist()
    if args.ids:
        wanted = {pair_id: i for i, pair_id in enumerate(args.ids)}
        ids = {i: dataset.get_data_info(i)["pair_id"] for i in order}
        if unknown := [pair_id for pair_id in wanted if pair_id not in ids.values()]:
            raise ValueError(
                f"no pair {', '.join(unknown)} in the {args.split} split of {args.config}; "
                f"pairs there are called like {min(ids.values())}"
            )
        order = sorted((i for i in order if ids[i] in wanted), key=lambda i: wanted[ids[i]])
    seen = set()
    for i in order:
        record = dataset.get_data_info(i)
        # A pair may have several samples; with several folders, an id may occur twice.
        part = record["before_path"], record["after_path"], record.get("window")
        if part in seen:
            continue
        seen.add(part)
        if (args.changed_only or args.unchanged_only) and shows_change(record) != args.changed_only:
            continue
        yield i


def take(dataset: Any, i: int, through_pipeline: bool) -> dict[str, Any]:
    """A packed pair as stored, or as the pipeline returns it."""
    import torch

    from mmrsicc.datasets.transforms import LoadBands, loading_step
    from mmrsicc.visualization import raw_pair

    if not through_pipeline:
        return raw_pair(dataset.get_data_info(i), dataset.pipeline.transforms)
    pair = dataset[i]
    loading = loading_step(dataset.pipeline.transforms)
    if isinstance(loading, LoadBands):
        shown = loading.picture(*(image.permute(1, 2, 0).numpy() for image in pair["inputs"]))
        pair["inputs"] = tuple(torch.from_numpy(date).permute(2, 0, 1) for date in shown)
    if dataset.test_mode:  # A test has no training targets.
        pair["data_samples"].pop("targets", None)
    return pair
