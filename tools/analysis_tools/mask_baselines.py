"""Scores change masks that need no model: nothing has changed, and Otsu's threshold.

They answer for the test pairs of a config, under the metric of change detectors; see
mmrsicc/evaluation/baselines/mask_baselines.py.

Examples:
    python tools/analysis_tools/mask_baselines.py configs/change_detection/siamese_mit-b1_sysu.py
    python tools/analysis_tools/mask_baselines.py configs/change_detection/siamese_mit-b1_sysu.py \\
        --cfg-options test_dataloader.dataset.data_root=data/SYSU-CD/val --out baselines.json
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from mmengine import Config, DictAction
from mmengine.dataset import BaseDataset
from mmengine.registry import init_default_scope

from mmrsicc.evaluation import ChangeMaskMetric
from mmrsicc.evaluation.baselines.mask_baselines import MASK_BASELINES
from mmrsicc.evaluation.files.command_line import check_writable, errors_in_words
from mmrsicc.registry import DATASETS
from mmrsicc.utils import atomic_path

Scores = dict[str, float]


def parse_args() -> argparse.Namespace:
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(
        description="Score change masks that need no model",
        epilog=__doc__.split("\n\n", 2)[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", help="config whose test pairs have change masks")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        metavar="KEY=VALUE",
        help="override the config, e.g. test_dataloader.dataset.data_root=data/mine",
    )
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write the scores there")
    return parser.parse_args()


def score(dataset: BaseDataset, answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Scores:
    """Scores of what answers a pair, images (H, W, 3), by a mask."""
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


def table(scores: dict[str, Scores]) -> str:
    """A Markdown table with a row per baseline."""
    names = [name.removeprefix("mask/") for name in next(iter(scores.values()))]
    lines = [["baseline", *names], ["---"] * (1 + len(names))]
    for baseline, values in scores.items():
        lines.append([baseline, *("-" if v != v else f"{v:.2f}" for v in values.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@errors_in_words()
def main() -> None:
    """Print the table, and write the scores if asked."""
    args = parse_args()
    check_writable(args.out)
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options or {})
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    if cfg.get("test_dataloader") is None:
        raise ValueError(f"{args.config} has no test_dataloader: name a config that tests")
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    scores = {name: score(dataset, answer) for name, answer in MASK_BASELINES.items()}
    print(f"\n{table(scores)}")
    if args.out is not None:
        with atomic_path(args.out) as path:
            path.write_text(json.dumps({"config": args.config, "baselines": scores}, indent=2))


if __name__ == "__main__":
    main()
