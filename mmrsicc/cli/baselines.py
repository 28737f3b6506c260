"""``mmrsicc baselines``: scores what needs no model: a constant sentence, a perfect flag, a human.

The sentences are chosen on the training split; see mmrsicc/evaluation/baselines/trivial.py. With
--flags, change maps that need no labels say which pairs have changed: more than some share of their
pixels, chosen on the validation pairs of the config (on its training pairs, if those are tested).

Examples:
    mmrsicc baselines configs/dfm/dfm_levircc-mini.py
    mmrsicc baselines configs/dfm/dfm_levircc.py --flags cva irmad
    mmrsicc baselines data/LEVIR-CC/LevirCCcaptions.json \\
        --constant "the scene is the same as before" --out baselines.json
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import LEARNED, METHODS, SCORERS_HELP, add_cfg_options, file_path

if TYPE_CHECKING:
    import numpy as np
    from mmengine import Config

    from mmrsicc.datasets.image_io import ReadPictures
    from mmrsicc.evaluation.baselines.trivial import Baseline

HELP = "score baselines that need no model: a constant sentence, the nearest pair, a human"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the data, the sentences and what is written."""
    parser.add_argument(
        "data",
        metavar="CONFIG_OR_ANN_FILE",
        help="config (.py) whose training and test data are taken, or caption file (.json), which "
        "has no images and so no nearest pair",
    )
    parser.add_argument("--split", help="split of a caption file that is answered (default: test)")
    parser.add_argument("--train-split", help="split of it to choose on (default: train)")
    add_cfg_options(parser, "test_dataloader.dataset.split=val")
    parser.add_argument("--constant", help="the constant sentence, in place of the chosen one")
    parser.add_argument("--change-sentence", help="said of changed pairs, in place of the chosen")
    parser.add_argument("--no-change-sentence", help="said of unchanged pairs, likewise")
    parser.add_argument(
        "--flags",
        nargs="+",
        choices=(*METHODS, *LEARNED, "all"),
        default=[],
        metavar="METHOD",
        help=f"add change flags without labels: {', '.join(METHODS)}, or all of these; and "
        f"{', '.join(LEARNED)}, which train on each pair",
    )
    parser.add_argument(
        "--scorers", nargs="+", metavar="NAME", help=f"{SCORERS_HELP} (default: all)"
    )
    parser.add_argument(
        "--out", type=file_path(".json"), metavar="FILE.json", help="also writes FILE.md"
    )
    parser.add_argument(
        "--captions", type=Path, metavar="FOLDER", help="write each baseline's FOLDER/NAME.jsonl"
    )


def run(args: Namespace) -> None:
    """Prints a table, and writes scores and sentences if asked.

    Raises:
        OSError, ValueError: The data cannot be used; the message says why.
    """
    _check_data(args)

    from mmrsicc.evaluation import change_caption_scores, write_captions
    from mmrsicc.evaluation.baselines.trivial import trivial_baselines
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.evaluation.scores.caption_scores import SCORERS, check_scorers
    from mmrsicc.evaluation.scores.tables import markdown_table

    check_writable(args.out, args)
    scorers = args.scorers or SCORERS
    check_scorers(scorers)
    train, test = read_pairs(args)
    print(f"{len(train)} training pairs, {len(test)} test pairs")
    baselines = trivial_baselines(
        train,
        test,
        args.constant,
        args.change_sentence,
        args.no_change_sentence,
        read=image_reader(args),
        flags=found_flags(args),
    )
    scored = [b for b in baselines if b.records]
    scores = {b.name: change_caption_scores(b.records, scorers) for b in scored}
    table = markdown_table(scores)
    notes = "\n".join(f"- {b.name}: {b.description}" for b in baselines)
    print(f"\n{table}\n\n{notes}")
    if args.captions is not None:
        for baseline in scored:
            write_captions(baseline.records, args.captions / f"{baseline.name}.jsonl")
    if args.out is not None:
        write_out(args, baselines, scores, f"{table}\n\n{notes}\n")


def _check_data(args: Namespace) -> None:
    """Refuses what is neither config nor caption file, and arguments of the other of the two."""
    # A folder holds a data set's caption files.
    kind = ".json" if Path(args.data).is_dir() else Path(args.data).suffix
    if kind not in (".py", ".json"):
        raise ValueError(f"{args.data}: name a config (*.py), a caption file (*.json) or a folder")
    if kind == ".py" and (args.split or args.train_split):
        raise ValueError(
            "--split and --train-split are for caption files: change a config's splits by "
            "--cfg-options test_dataloader.dataset.split=val"
        )
    if kind == ".json" and args.flags:
        raise ValueError(f"--flags needs images, which {args.data} does not have: name a config")
    if kind == ".json" and args.cfg_options:
        raise ValueError("--cfg-options is for configs: choose splits by --split and --train-split")


def found_flags(args: Namespace) -> dict[str, tuple[str, Sequence[int]]]:
    """Flags of the test pairs by method: how they were found, and the flags."""
    if not args.flags:
        return {}
    from mmrsicc.apis.detecting import build_method
    from mmrsicc.evaluation.baselines.change_flag import FlagChooser
    from mmrsicc.utils.config_file import read_config

    cfg = read_config(args.data, args.cfg_options)
    names = METHODS if "all" in args.flags else args.flags
    methods = {name: build_method(name) for name in names}
    choosers = {name: FlagChooser() for name in names}
    val = cfg.get("val_dataloader")
    # Never on the pairs that are scored.
    choice = "train" if val and val.dataset == cfg.test_dataloader.dataset else "val"
    for before, after, flag in images_of(args.data, cfg, choice):
        for name, method in methods.items():
            choosers[name].add(method(before, after), flag)
    rules = {name: chooser.choose() for name, chooser in choosers.items()}
    flags: dict[str, list[int]] = {name: [] for name in names}
    for before, after, _ in images_of(args.data, cfg, "test"):
        for name, method in methods.items():
            flags[name].append(rules[name](method(before, after)))
    return {name: (f"{name}, chosen on {choice}: {rules[name]}", flags[name]) for name in names}


def images_of(path: str, cfg: Config, split: str) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Both dates (H, W, C) of a config's pairs as its test loads them, and the true flags."""
    from mmrsicc.registry import DATASETS

    loader = cfg.get(f"{split}_dataloader")
    if loader is None:
        raise ValueError(f"{path} has no {split}_dataloader, which --flags needs: add one")
    pipeline = cfg.test_dataloader.dataset.pipeline
    dataset = DATASETS.build({**loader.dataset, "pipeline": pipeline, "test_mode": True})
    for index in range(len(dataset)):
        before, after = (date.permute(1, 2, 0).numpy() for date in dataset[index]["inputs"])
        yield before, after, int(dataset.get_data_info(index)["change_flag"])


def read_pairs(args: Namespace) -> tuple[list[Any], list[Any]]:
    """Training and test pairs."""
    if not args.data.endswith(".py"):
        train, test = args.train_split or "train", args.split or "test"
        return from_caption_file(args, train), from_caption_file(args, test)

    from mmengine.registry import init_default_scope

    from mmrsicc.utils.config_file import read_config

    cfg = read_config(args.data, args.cfg_options)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    return from_dataset(args.data, cfg, "train"), from_dataset(args.data, cfg, "test")


def image_reader(args: Namespace) -> ReadPictures | None:
    """Reads both dates as a config's test does; None for caption files, which do not say how."""
    if not args.data.endswith(".py"):
        return None
    from mmrsicc.datasets.transforms import loading_step
    from mmrsicc.registry import TRANSFORMS
    from mmrsicc.utils.config_file import read_config

    cfg = read_config(args.data, args.cfg_options)
    return loading_step(map(TRANSFORMS.build, cfg.test_dataloader.dataset.pipeline)).read_pictures


def from_caption_file(args: Namespace, split: str) -> list[dict[str, Any]]:
    """The pairs of a split, without images."""
    from mmrsicc.datasets.caption_file import read_split

    return [
        {"pair_id": r.pair_id, "captions": r.captions, "change_flag": r.change_flag}
        for r in read_split(args.data, split)
    ]


def from_dataset(path: str, cfg: Config, split: str) -> list[dict[str, Any]]:
    """The pairs of a config's data set, each once, and no image loaded before it is wanted."""
    from mmrsicc.evaluation.baselines.trivial import dataset_pairs

    loader = cfg.get(f"{split}_dataloader")
    if loader is None:
        raise ValueError(f"{path} has no {split}_dataloader: name a config that trains and tests")
    pairs = dataset_pairs(loader.dataset)
    if not all({"captions", "change_flag"} <= pair.keys() for pair in pairs):
        raise ValueError(
            f"{path}: the pairs of {split}_dataloader have no captions and change flags: name the "
            "config of a captioner"
        )
    return pairs


def write_out(
    args: Namespace,
    baselines: list[Baseline],
    scores: dict[str, dict[str, float]],
    text: str,
) -> None:
    """The scores as JSON, and the table beside it."""
    from mmrsicc.utils import atomic_path

    rows = {b.name: {"description": b.description, "scores": scores.get(b.name)} for b in baselines}
    with atomic_path(args.out) as path:
        content = {"data": args.data, "baselines": rows}
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    with atomic_path(args.out.with_suffix(".md")) as path:
        path.write_text(text, encoding="utf-8")
