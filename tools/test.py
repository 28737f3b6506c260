"""Scores a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``."""

import argparse
import json
import os
from pathlib import Path

from mmengine import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner

from mmrsicc.apis import restore_tokenizer
from mmrsicc.utils import atomic_path, unwrap
from mmrsicc.utils.checkpoint import load_weights, read_checkpoint
from mmrsicc.utils.launch import add_run_arguments, prepare_run
from mmrsicc.utils.provenance import PROVENANCE_KEY, provenance


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score a checkpoint on the test split")
    parser.add_argument("config", help="config file")
    parser.add_argument("checkpoint", help="checkpoint file")
    parser.add_argument(
        "--out",
        metavar="FILE.jsonl",
        help="write one JSON line per pair, and scores and provenance to FILE.meta.json",
    )
    add_run_arguments(parser)
    args = parser.parse_args()
    if args.out is not None and not args.out.endswith(".jsonl"):
        parser.error(f"--out writes JSON lines: name the file *.jsonl, not {args.out}")
    return args


def dump_captions(cfg: Config, out_file: str) -> None:
    """Adds the writing of captions to the evaluation."""
    evaluators = cfg.test_evaluator
    evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
    cfg.test_evaluator = [*evaluators, {"type": "DumpCaptions", "out_file": out_file}]


def write_meta(
    cfg: Config, args: argparse.Namespace, scores: dict[str, float], trained: dict
) -> None:
    """Writes what the results file's numbers come from beside it."""
    meta = {
        "scores": scores,
        "config": args.config,
        "checkpoint": args.checkpoint,
        "tested": provenance(cfg),
        "trained": trained,
    }
    with atomic_path(Path(args.out).with_suffix(".meta.json")) as path:
        path.write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    prepare_run(cfg, args)
    if args.out is not None:
        dump_captions(cfg, args.out)
    # The runner must not put other weights over those that are loaded below.
    cfg.load_from, cfg.resume = None, False
    checkpoint = read_checkpoint(args.checkpoint)
    restore_tokenizer(cfg, checkpoint)
    runner = Runner.from_cfg(cfg)
    load_weights(unwrap(runner.model), checkpoint["state_dict"], args.checkpoint)
    scores = runner.test()
    if args.out is not None and is_main_process():
        write_meta(cfg, args, scores, checkpoint.get("meta", {}).get(PROVENANCE_KEY, {}))


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
