"""Scores a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``."""

import argparse
import json
import logging
import os
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.dist import is_main_process
from mmengine.logging import print_log
from mmengine.runner import Runner

from mmrsicc.apis import restore_tokenizer
from mmrsicc.utils import atomic_path, unwrap
from mmrsicc.utils.checkpoint import load_weights, read_checkpoint
from mmrsicc.utils.launch import add_run_arguments, prepare_run
from mmrsicc.utils.provenance import PROVENANCE_KEY, results_record


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score a checkpoint on the test split")
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "checkpoint", nargs="?", help="checkpoint file; none for a model without weights"
    )
    parser.add_argument(
        "--out",
        metavar="FILE.jsonl",
        help="write one JSON line per pair, and scores and what they rest on to FILE.meta.json",
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


def prepare_checkpoint(cfg: Config, path: str | None) -> dict[str, Any]:
    """The checkpoint's content, empty if there is none; the config gets its tokenizer."""
    # The runner must not put other weights over those that are loaded later.
    cfg.load_from, cfg.resume = None, False
    if path is None:
        return {"state_dict": {}}
    checkpoint = read_checkpoint(path)
    restore_tokenizer(cfg, checkpoint)
    return checkpoint


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    prepare_run(cfg, args)
    if args.out is not None:
        dump_captions(cfg, args.out)
    checkpoint = prepare_checkpoint(cfg, args.checkpoint)
    runner = Runner.from_cfg(cfg)
    model = unwrap(runner.model)
    if args.checkpoint is None and model.state_dict():
        raise SystemExit(f"the model of {args.config} has weights: name their checkpoint")
    load_weights(model, checkpoint["state_dict"], args.checkpoint)
    scores = runner.test()
    if is_main_process():
        trained = checkpoint.get("meta", {}).get(PROVENANCE_KEY, {})
        record = results_record(cfg, args.config, args.checkpoint, trained, scores)
        for warning in record["warnings"]:
            print_log(warning, logger="current", level=logging.WARNING)
        if args.out is not None:
            with atomic_path(Path(args.out).with_suffix(".meta.json")) as path:
                path.write_text(json.dumps(record, indent=2, default=str) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
