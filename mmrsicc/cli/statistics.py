"""``mmrsicc statistics``: mean and deviation of each band, for a config.

The training pairs of the config are read as its pipeline reads them, each pixel with data once. The
file that --out writes is a config of one line, which others name in their ``_base_``.

Examples:
    mmrsicc statistics configs/_base_/datasets/mosaic_sen2_cc.py
    mmrsicc statistics configs/_base_/datasets/oscd_13bands.py --out my_statistics.py
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from itertools import islice
from pathlib import Path

from mmrsicc.cli.arguments import add_cfg_options, whole_number

HELP = "compute mean and deviation of each band of a data set"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the config and where the statistics are written."""
    parser.add_argument("config", help="config with a train_dataloader")
    parser.add_argument(
        "--pairs", type=whole_number(1), metavar="N", help="the first N pairs alone"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.py", help="write the statistics there")
    add_cfg_options(parser, "train_dataloader.dataset.data_root=data/mine")


def run(args: Namespace) -> None:
    """Prints the statistics, and writes them if asked.

    Raises:
        OSError, ValueError: The pairs cannot be read; the message says why.
    """
    from mmengine.registry import init_default_scope

    from mmrsicc.datasets.band_statistics import band_statistics, distinct_pairs
    from mmrsicc.datasets.transforms import loading_step
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.registry import DATASETS
    from mmrsicc.utils import atomic_path
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.counts import counted
    from mmrsicc.utils.file_names import one_line

    check_writable(args.out, args)
    cfg = read_config(args.config, args.cfg_options)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    if cfg.get("train_dataloader") is None:
        raise ValueError(f"{args.config} has no train_dataloader: its pairs are counted")
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    records = (dataset.get_data_info(index) for index in range(len(dataset)))
    pairs = list(islice(distinct_pairs(records), args.pairs))
    found = band_statistics(pairs, loading_step(dataset.pipeline.transforms))
    dates = ",\n".join(
        f"    {date}=dict(\n        mean={values['mean']},\n        std={values['std']},\n    )"
        for date, values in found.items()
    )
    text = f"statistics = dict(\n{dates},\n)\n"
    print(text, end="")
    if args.out is not None:
        with atomic_path(args.out) as path:
            origin = f"{counted(len(pairs), 'pair')} of {one_line(args.config)}"
            path.write_text(f"# Statistics of {origin}\n\n{text}", encoding="utf-8")
