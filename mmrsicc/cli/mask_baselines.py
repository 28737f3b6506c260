"""``mmrsicc mask-baselines``: scores masks that need no model, from no change to IR-MAD.

They answer for the test pairs of a config, under the metric of change detectors; see
mmrsicc/evaluation/baselines/mask_baselines.py. With --methods, those of `mmrsicc detect` answer,
too, with each rule of a threshold. The fixed one is chosen on the config's validation pairs, or on
its training pairs where it has none. With --intervals or --detector, all answer at one threshold
each, with intervals over the images; see mmrsicc/evaluation/baselines/own_thresholds.py.

Examples:
    mmrsicc mask-baselines configs/change_detection/siamese_mit-b1_sysu.py
    mmrsicc mask-baselines configs/change_detection/siamese_mit-b1_sysu.py \\
        --cfg-options test_dataloader.dataset.data_root=data/SYSU-CD/val --out baselines.json
    mmrsicc mask-baselines configs/_base_/datasets/{levir_cc_real_masks,cdd_mini}.py \\
        --methods cva irmad
    mmrsicc mask-baselines configs/_base_/datasets/cdd_mini.py --methods novelty --every 5 \\
        --detector lite0 work_dirs/seed42/epoch_12.pth work_dirs/seed43/epoch_12.pth
"""

from __future__ import annotations

import json
import math
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import LEARNED, METHODS, add_cfg_options, whole_number

if TYPE_CHECKING:
    import numpy as np
    from mmengine import Config
    from mmengine.dataset import BaseDataset

    from mmrsicc.evaluation.baselines.own_thresholds import Answer

_TILING = ("tile_size", "tile_overlap")

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
        help=f"also score masks of these methods: {', '.join(METHODS)}, or all of these; and of "
        f"{', '.join(LEARNED)}, which train on each pair",
    )
    parser.add_argument(
        "--intervals",
        action="store_true",
        help="score each at its own threshold alone, with 95 %% intervals over the images",
    )
    parser.add_argument(
        "--detector",
        nargs="+",
        action="append",
        default=[],
        metavar=("NAME", "FILE"),
        help="also score a trained detector, likewise: checkpoints, one for each seed, and a "
        "config (FILE.py) if they hold none; may be repeated",
    )
    parser.add_argument(
        "--every",
        type=whole_number(at_least=1),
        default=1,
        metavar="N",
        help="only the first of each N test pairs (default: 1, all)",
    )
    add_cfg_options(parser, "test_dataloader.dataset.data_root=data/mine")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write the scores there")


def run(args: Namespace) -> None:
    """Prints the tables, and writes the scores if asked.

    Raises:
        OSError, ValueError: A config has no such pairs; the message says why.
    """
    from mmengine.registry import init_default_scope

    from mmrsicc.evaluation.baselines.own_thresholds import answers_table
    from mmrsicc.evaluation.baselines.unsupervised_masks import methods_table
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils import atomic_path
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.counts import counted

    check_writable(args.out, args)
    methods = METHODS if "all" in args.methods else args.methods
    own = args.intervals or args.detector
    systems = own_answers(methods, args.detector) if own else {}
    results = []
    for config in args.configs:
        cfg = read_config(config, args.cfg_options)
        init_default_scope(cfg.get("default_scope", "mmrsicc"))
        results.append(answer(config, cfg, args.every, methods, systems))
    if own:
        print(f"\n{answers_table(results)}")
    else:
        for result in results:
            print(
                f"\n{result['config']}, "
                f"{counted(result['pairs'], 'pair')}\n\n{table(result['baselines'])}"
            )
        if methods:
            print(f"\n{methods_table(results)}")
    if args.out is not None:
        with atomic_path(args.out) as path:
            text = json.dumps(_without_nan(results), indent=2, allow_nan=False)
            path.write_text(f"{text}\n", encoding="utf-8")


def _without_nan(value: Any) -> Any:
    """The same with None for scores that are not defined, which JSON has no number for."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def own_answers(
    methods: Sequence[str], detectors: Sequence[Sequence[str]]
) -> dict[str, list[Answer]]:
    """Answers at thresholds of their own: of baselines, methods and trained detectors.

    Raises:
        OSError, ValueError: A detector cannot be used; the message says why.
    """
    from mmrsicc.apis.detecting import TrainedDetector, build_method
    from mmrsicc.evaluation.baselines.mask_baselines import MASK_BASELINES
    from mmrsicc.evaluation.baselines.own_thresholds import detector_answer, method_answer

    systems: dict[str, list[Answer]] = {name: [mask] for name, mask in MASK_BASELINES.items()}
    systems |= {method: [method_answer(build_method(method))] for method in methods}
    for name, *files in detectors:
        configs = [file for file in files if file.endswith(".py")]
        checkpoints = [file for file in files if not file.endswith(".py")]
        if name in systems or len(configs) > 1 or not checkpoints:
            raise ValueError(
                f"--detector {' '.join((name, *files))}: give a name of its own, checkpoints, and "
                "at most one config"
            )
        config = configs[0] if configs else None
        systems[name] = [detector_answer(TrainedDetector(config, c)) for c in checkpoints]
    return systems


def answer(
    config: str,
    cfg: Config,
    every: int,
    methods: Sequence[str],
    systems: Mapping[str, Sequence[Answer]],
) -> dict[str, Any]:
    """Scores on the test pairs of a config: of ``systems`` if there are any, else of all else."""
    from mmrsicc.apis.detecting import build_method
    from mmrsicc.datasets.band_statistics import distinct_pairs
    from mmrsicc.evaluation.baselines.mask_baselines import MASK_BASELINES
    from mmrsicc.evaluation.baselines.own_thresholds import score_answers
    from mmrsicc.evaluation.baselines.unsupervised_masks import score_masks
    from mmrsicc.registry import DATASETS
    from mmrsicc.utils.counts import counted

    if cfg.get("test_dataloader") is None:
        raise ValueError(f"{config} has no test_dataloader: name a config that tests")
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    if every > 1:
        dataset = dataset.get_subset(list(range(0, len(dataset), every)))
    result: dict[str, Any] = {"config": config, "data": Path(config).stem, "pairs": len(dataset)}
    if systems:
        result["pairs"] = sum(
            1 for _ in distinct_pairs(map(dataset.get_data_info, range(len(dataset))))
        )
        return {**result, "every": every, "answers": score_answers(systems, dataset)}
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
        test = cfg.test_dataloader.dataset
        options = {key: value for key, value in loader.dataset.items() if key not in _TILING}
        # A pipeline reads either whole images or tiles.
        tiling = {key: test[key] for key in _TILING if key in test}
        return name, DATASETS.build(
            {**options, **tiling, "pipeline": test.pipeline, "test_mode": True}
        )
    raise ValueError(f"{config} has neither validation nor training pairs: add a train_dataloader")


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
