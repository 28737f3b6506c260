"""``mmrsicc mask-baselines``: scores masks that need no model: no change, and Otsu's threshold.

They answer for the test pairs of a config, under the metric of change detectors; see
mmrsicc/evaluation/baselines/mask_baselines.py.

Examples:
    mmrsicc mask-baselines configs/change_detection/siamese_mit-b1_sysu.py
    mmrsicc mask-baselines configs/change_detection/siamese_mit-b1_sysu.py \\
        --cfg-options test_dataloader.dataset.data_root=data/SYSU-CD/val --out baselines.json
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mmrsicc.cli.arguments import add_cfg_options

if TYPE_CHECKING:
    import numpy as np
    from mmengine.dataset import BaseDataset

HELP = "score change masks that need no model"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the config and where scores are written."""
    parser.add_argument("config", help="config whose test pairs have change masks")
    add_cfg_options(parser, "test_dataloader.dataset.data_root=data/mine")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write the scores there")


def run(args: Namespace) -> None:
    """Prints the table, and writes the scores if asked.

    Raises:
        OSError, ValueError: The config has no such pairs; the message says why.
    """
    from mmengine.registry import init_default_scope

    from mmrsicc.evaluation.baselines.mask_baselines import MASK_BASELINES
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.registry import DATASETS
    from mmrsicc.utils import atomic_path
    from mmrsicc.utils.config_file import read_config

    check_writable(args.out)
    cfg = read_config(args.config, args.cfg_options)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    if cfg.get("test_dataloader") is None:
        raise ValueError(f"{args.config} has no test_dataloader: name a config that tests")
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    scores = {name: score(dataset, answer) for name, answer in MASK_BASELINES.items()}
    print(f"\n{table(scores)}")
    if args.out is not None:
        with atomic_path(args.out) as path:
            path.write_text(json.dumps({"config": args.config, "baselines": scores}, indent=2))


def score(
    dataset: BaseDataset, answer: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> dict[str, float]:
    """Scores of what answers a pair, images (H, W, 3), by a mask."""
    import torch

    from mmrsicc.evaluation import ChangeMaskMetric

    metric = ChangeMaskMetric()
    for index in range(len(dataset)):
        item = dataset[index]
        sample = item["data_samples"]
        if "gt_mask" not in sample:
            raise ValueError(
                f"pair {sample.pair_id!r} of the test set has no mask: name the config of a change "
                "detector"
            )
        before, after = (date.permute(1, 2, 0).numpy() for date in item["inputs"])
        sample.pred_mask = torch.from_numpy(answer(before, after))
        metric.process(None, [sample.to_dict()])
    return metric.evaluate(len(dataset))


def table(scores: dict[str, dict[str, float]]) -> str:
    """A Markdown table with a row per baseline."""
    from mmrsicc.evaluation.scores.tables import markdown

    names = [name.removeprefix("mask/") for name in next(iter(scores.values()))]
    lines = [["baseline", *names]]
    for baseline, values in scores.items():
        lines.append([baseline, *("-" if v != v else f"{v:.2f}" for v in values.values())])
    return markdown(lines)
