"""``mmrsicc mask-baselines``: scores masks that need no model, from no change to IR-MAD.

They answer for the test pairs of a config, under the metric of change detectors; see
mmrsicc/evaluation/baselines/mask_baselines.py. With --methods, those of `mmrsicc detect` answer,
too, with each rule of a threshold. The fixed one is chosen on the config's validation pairs, or on
its training pairs where it has none.

Examples:
    mmrsicc mask-baselines configs/change_detection/siamese_mit-b1_sysu.py
    mmrsicc mask-baselines configs/change_detection/siamese_mit-b1_sysu.py \\
        --cfg-options test_dataloader.dataset.data_root=data/SYSU-CD/val --out baselines.json
    mmrsicc mask-baselines configs/_base_/datasets/{levir_cc_real_masks,cdd_mini}.py \\
        --methods cva irmad
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import LEARNED, METHODS, add_cfg_options

if TYPE_CHECKING:
    import numpy as np
    from mmengine import Config
    from mmengine.dataset import BaseDataset

HELP = "score change masks of methods that need no model"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the configs, further methods, and where scores are written."""
    parser.add_argument("configs", nargs="+", help="configs whose test pairs have change masks")
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=(*METHODS, *LEARNED, "all"),
        default=[],
        metavar="METHOD",
        help=f"score masks of these, too: {', '.join(METHODS)}, or all of these; and of "
        f"{', '.join(LEARNED)}, which train on each pair",
    )
    add_cfg_options(parser, "test_dataloader.dataset.data_root=data/mine")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write the scores there")


def run(args: Namespace) -> None:
    """Prints the tables, and writes the scores if asked.

    Raises:
        OSError, ValueError: A config has no such pairs; the message says why.
    """
    from mmengine.registry import init_default_scope

    from mmrsicc.evaluation.baselines.unsupervised_masks import methods_table
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils import atomic_path
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.counts import counted

    check_writable(args.out)
    methods = METHODS if "all" in args.methods else args.methods
    results = []
    for config in args.configs:
        cfg = read_config(config, args.cfg_options)
        init_default_scope(cfg.get("default_scope", "mmrsicc"))
        results.append(answer(config, cfg, methods))
    for result in results:
        print(
            f"\n{result['config']}, "
            f"{counted(result['pairs'], 'pair')}\n\n{table(result['baselines'])}"
        )
    if methods:
        print(f"\n{methods_table(results)}")
    if args.out is not None:
        with atomic_path(args.out) as path:
            path.write_text(json.dumps(results, indent=2) + "\n")


def answer(config: str, cfg: Config, methods: Sequence[str]) -> dict[str, Any]:
    """Scores of everything on the test pairs of a config."""
    from mmrsicc.apis.detecting import build_method
    from mmrsicc.evaluation.baselines.mask_baselines import MASK_BASELINES
    from mmrsicc.evaluation.baselines.unsupervised_masks import score_masks
    from mmrsicc.registry import DATASETS
    from mmrsicc.utils.counts import counted

    if cfg.get("test_dataloader") is None:
        raise ValueError(f"{config} has no test_dataloader: name a config that tests")
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    result: dict[str, Any] = {"config": config, "data": Path(config).stem, "pairs": len(dataset)}
    result["baselines"] = {name: score(dataset, mask) for name, mask in MASK_BASELINES.items()}
    if methods:
        name, choice = choice_data(config, cfg)
        result["chosen_on"] = f"{name}, {counted(len(choice), 'pair')}"
        built = {method: build_method(method) for method in methods}
        result["methods"] = score_masks(built, dataset, choice)
    return result


def choice_data(config: str, cfg: Config) -> tuple[str, BaseDataset]:
    """The pairs that a threshold is chosen on, loaded as those of the test, and their name."""
    from mmrsicc.registry import DATASETS

    for name in ("val", "train"):
        loader = cfg.get(f"{name}_dataloader")
        if loader is None or loader.dataset == cfg.test_dataloader.dataset:
            continue
        whole = {k: v for k, v in loader.dataset.items() if k not in ("tile_size", "tile_overlap")}
        pipeline = cfg.test_dataloader.dataset.pipeline
        return name, DATASETS.build({**whole, "pipeline": pipeline, "test_mode": True})
    raise ValueError(f"{config} has neither validation nor training pairs to choose a threshold on")


def score(
    dataset: BaseDataset, answer: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> dict[str, float]:
    """Scores of what answers a pair, images (H, W, 3), by a mask."""
    import torch

    from mmrsicc.evaluation import ChangeMaskMetric
    from mmrsicc.evaluation.baselines.unsupervised_masks import images_with_masks

    metric = ChangeMaskMetric()
    for sample, before, after in images_with_masks(dataset):
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
