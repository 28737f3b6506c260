"""Scores what needs no model: a constant sentence, a perfect flag, the nearest pair, a human.

The sentences are chosen on the training split; see mmrsicc/evaluation/baselines/trivial.py.

Examples:
    python tools/analysis_tools/trivial_baselines.py configs/dfm/dfm_levircc-mini.py
    python tools/analysis_tools/trivial_baselines.py data/LEVIR-CC/LevirCCcaptions.json \\
        --constant "the scene is the same as before" --out baselines.json
"""

import argparse
import json
from pathlib import Path
from typing import Any

from mmengine import Config, DictAction
from mmengine.registry import init_default_scope

from mmrsicc.datasets.caption_file import read_split
from mmrsicc.evaluation import change_caption_scores, write_captions
from mmrsicc.evaluation.baselines.trivial import Baseline, trivial_baselines
from mmrsicc.evaluation.files.command_line import check_writable, errors_in_words
from mmrsicc.evaluation.scores.caption_scores import SCORERS
from mmrsicc.evaluation.scores.tables import markdown_table
from mmrsicc.registry import DATASETS
from mmrsicc.utils import atomic_path


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Score what needs no model",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "data",
        metavar="CONFIG_OR_ANN_FILE",
        help="config (.py) whose training and test data are taken, or caption file (.json), which "
        "has no images and so no nearest pair",
    )
    parser.add_argument("--split", help="split of a caption file that is answered (default: test)")
    parser.add_argument("--train-split", help="split of it to choose on (default: train)")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        metavar="KEY=VALUE",
        help="override the config, e.g. test_dataloader.dataset.split=val",
    )
    parser.add_argument("--constant", help="the constant sentence, in place of the chosen one")
    parser.add_argument("--change-sentence", help="said of changed pairs, in place of the chosen")
    parser.add_argument("--no-change-sentence", help="said of unchanged pairs, likewise")
    parser.add_argument(
        "--scorers", nargs="+", default=SCORERS, choices=SCORERS, help="(default: all)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="also writes FILE.md")
    parser.add_argument(
        "--captions", type=Path, metavar="FOLDER", help="write each baseline's FOLDER/NAME.jsonl"
    )
    args = parser.parse_args()
    if args.out is not None and args.out.suffix != ".json":
        parser.error(f"--out writes JSON: name the file *.json, not {args.out}")
    # A folder holds a data set's caption files.
    kind = ".json" if Path(args.data).is_dir() else Path(args.data).suffix
    if kind not in (".py", ".json"):
        parser.error(f"{args.data}: name a config (*.py), a caption file (*.json) or a folder")
    if kind == ".py" and (args.split or args.train_split):
        parser.error(
            "--split and --train-split are about caption files: a config says its splits, which "
            "--cfg-options changes (test_dataloader.dataset.split=val)"
        )
    if kind == ".json" and args.cfg_options:
        parser.error("--cfg-options is about configs: choose splits by --split and --train-split")
    return args


def read_pairs(args: argparse.Namespace) -> tuple[list[Any], list[Any]]:
    """Training and test pairs."""
    if not args.data.endswith(".py"):
        train, test = args.train_split or "train", args.split or "test"
        return from_caption_file(args, train), from_caption_file(args, test)
    cfg = Config.fromfile(args.data)
    cfg.merge_from_dict(args.cfg_options or {})
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    return from_dataset(args.data, cfg, "train"), from_dataset(args.data, cfg, "test")


def from_caption_file(args: argparse.Namespace, split: str) -> list[dict[str, Any]]:
    """The pairs of a split, without images."""
    return [
        {"pair_id": r.pair_id, "captions": r.captions, "change_flag": r.change_flag}
        for r in read_split(args.data, split)
    ]


def from_dataset(path: str, cfg: Config, split: str) -> list[dict[str, Any]]:
    """The pairs of a config's data set, each once, and no image loaded before it is wanted."""
    loader = cfg.get(f"{split}_dataloader")
    if loader is None:
        raise ValueError(f"{path} has no {split}_dataloader: name a config that trains and tests")
    dataset = DATASETS.build({**loader.dataset, "pipeline": [], "test_mode": True})
    pairs = [dataset.get_data_info(i) for i in range(len(dataset))]
    if not all({"captions", "change_flag"} <= pair.keys() for pair in pairs):
        raise ValueError(
            f"{path}: the pairs of {split}_dataloader have no captions and change flags: name the "
            "config of a captioner"
        )
    return pairs


@errors_in_words()
def main() -> None:
    args = parse_args()
    check_writable(args.out)
    train, test = read_pairs(args)
    print(f"{len(train)} training pairs, {len(test)} test pairs")
    baselines = trivial_baselines(
        train, test, args.constant, args.change_sentence, args.no_change_sentence
    )
    scored = [b for b in baselines if b.records]
    scores = {b.name: change_caption_scores(b.records, args.scorers) for b in scored}
    table = markdown_table(scores)
    notes = "\n".join(f"- {b.name}: {b.description}" for b in baselines)
    print(f"\n{table}\n\n{notes}")
    if args.captions is not None:
        for baseline in scored:
            write_captions(baseline.records, args.captions / f"{baseline.name}.jsonl")
    if args.out is not None:
        write_out(args, baselines, scores, f"{table}\n\n{notes}\n")


def write_out(
    args: argparse.Namespace,
    baselines: list[Baseline],
    scores: dict[str, dict[str, float]],
    text: str,
) -> None:
    """The scores as JSON, and the table beside it."""
    rows = {b.name: {"description": b.description, "scores": scores.get(b.name)} for b in baselines}
    with atomic_path(args.out) as path:
        path.write_text(json.dumps({"data": args.data, "baselines": rows}, indent=2) + "\n")
    with atomic_path(args.out.with_suffix(".md")) as path:
        path.write_text(text)


if __name__ == "__main__":
    main()
