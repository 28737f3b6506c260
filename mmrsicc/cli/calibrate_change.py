"""``mmrsicc calibrate-change``: the change decision of a captioner, fitted on validation pairs.

The decision weighs the model's probability of a change and the changed share of its mask, and puts
sentences of the decided kind first, see mmrsicc/models/captioners/change_decision.py. `mmrsicc
publish --decision FILE` puts it into a published model; in a config it stands in `model.speaker`.

Example:
    mmrsicc calibrate-change configs/dfm/dfm_small.py model.pth --out work_dirs/decision.json
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout

from mmrsicc.cli.arguments import add_cfg_options, file_path

HELP = "fit a captioner's change decision on validation pairs"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the model and the file to write."""
    parser.add_argument("config", metavar="CONFIG", help="config whose val_dataloader has flags")
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="the captioner's weights")
    add_cfg_options(parser, "val_dataloader.dataset.data_root=data/mine")
    parser.add_argument(
        "--out", type=file_path(".json"), metavar="FILE.json", help="write the decision there"
    )


def run(args: Namespace) -> None:
    """Prints the decision, and writes it if asked.

    Raises:
        OSError, ValueError: Model or pairs cannot be used; the message says why.
    """
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils import atomic_path

    check_writable(args.out, args)
    with redirect_stdout(sys.stderr):
        result = calibrate(args)
    print(f"pairs      {result['pairs']} of split {result['split']!r}")
    print(f"flag right {result['as_said']:.1%} without a decision")
    print(f"           {result['cross_validated']:.1%} with one, fitted to the other folds of ten")
    arguments = ", ".join(f"{name}={value}" for name, value in result["decision"].items())
    print(f"config     model.speaker: decision=dict({arguments})")
    if args.out is not None:
        with atomic_path(args.out) as path:
            path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(f"written    {args.out}")


def calibrate(args: Namespace) -> dict:
    """The decision and what it rests on."""
    from mmrsicc.apis import init_captioner
    from mmrsicc.research.change_calibration import (
        collect_evidence,
        cross_validated_accuracy,
        fit_decision,
    )
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.provenance import sha256

    cfg = read_config(args.config, args.cfg_options)
    loader = cfg.get("val_dataloader")
    if loader is None:
        raise ValueError(
            f"{args.config} has no val_dataloader: give a config with validation pairs"
        )
    found = collect_evidence(init_captioner(cfg, args.checkpoint), loader)
    return {
        "decision": fit_decision(found),
        "split": loader.dataset.get("split"),
        "pairs": len(found.flags),
        "as_said": float((found.said == found.flags).double().mean()),
        "cross_validated": cross_validated_accuracy(found),
        "checkpoint_sha256": sha256(args.checkpoint),
    }
