"""``mmrsicc report``: an HTML report of a run: scores, example pairs, provenance.

Examples:
    mmrsicc report results.jsonl --out report.html
    mmrsicc report results.jsonl --config configs/dfm/dfm_levircc.py \\
        --checkpoint epoch_80.pth --baselines baselines.json --out report.html
    mmrsicc report results.jsonl --image-root data/SynthCC/images \\
        --events data/SynthCC/events --out report.html
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import (
    RESULTS_HELP,
    add_cfg_options,
    add_scoring_arguments,
    file_path,
    whole_number,
)

if TYPE_CHECKING:
    from mmengine import Config
    from PIL import Image

    from mmrsicc.evaluation.report.pictures import DrawPair, FindFiles

HELP = "write an HTML report of a run, with example pairs"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the run, where its images are, and what is shown."""
    parser.add_argument("results", help=RESULTS_HELP)
    add_scoring_arguments(parser)
    images = parser.add_mutually_exclusive_group()
    images.add_argument("--config", help="config whose test data set has the images")
    images.add_argument(
        "--image-root", metavar="DIR", help="folder of the images: A, B and label, or splits"
    )
    parser.add_argument(
        "--checkpoint",
        help="the run's, with --config: the pairs are also drawn with the model's attention",
    )
    parser.add_argument(
        "--baselines", metavar="FILE.json", help="what mmrsicc baselines --out wrote"
    )
    parser.add_argument("--events", metavar="DIR", help="SynthCC's events: also says what is true")
    parser.add_argument(
        "--pairs",
        type=whole_number(1),
        default=6,
        help="best, worst and random ones (default: 6 each)",
    )
    parser.add_argument(
        "--resamples",
        type=whole_number(1),
        default=1000,
        help="bootstrap resamples (default: 1000)",
    )
    add_cfg_options(parser, "test_dataloader.dataset.split=val")
    parser.add_argument("--title", help="name of the run (default: the results file's)")
    parser.add_argument("--out", required=True, type=file_path(".html"), metavar="FILE.html")


def run(args: Namespace) -> None:
    """Writes the page.

    Raises:
        OSError, ValueError: The run cannot be shown; the message says why.
    """
    if args.checkpoint is not None and args.config is None:
        raise ValueError("--checkpoint needs --config, which says what model and data set it is")

    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils import atomic_path

    check_writable(args.out, args)
    html = make_page(args)
    with atomic_path(args.out) as path:
        path.write_text(html, encoding="utf-8")
    print(f"{args.out}: {len(html) / 2**20:.1f} MiB")


def image_finder(
    args: Namespace, pairs: Iterable[str]
) -> tuple[FindFiles | None, dict[int, str] | None]:
    """Finder of the pairs' images, and the classes of their masks.

    Raises:
        ValueError: The config's data set lacks a pair, or the folder has an image of none.
    """
    from mmrsicc.datasets.transforms import loading_step
    from mmrsicc.evaluation.report import files_of_dataset, files_of_folder
    from mmrsicc.evaluation.report.pictures import PairFiles
    from mmrsicc.registry import TRANSFORMS
    from mmrsicc.utils.config_file import read_config

    if args.image_root is not None:
        find = files_of_folder(args.image_root)
        names = list(pairs)
        if names and all(find(name) == PairFiles() for name in names):
            raise ValueError(
                f"no pair of {args.results}, such as {names[0]!r:.80}, has an image below "
                f"{args.image_root}: name the folder of images that have the pairs' names"
            )
        return find, None
    if args.config is None:
        return None, None
    cfg = read_config(args.config, args.cfg_options)
    dataset = dataset_of(cfg)
    loading = loading_step(map(TRANSFORMS.build, cfg.test_dataloader.dataset.pipeline))
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    if lacking := sorted(set(pairs) - {record["pair_id"] for record in records}):
        raise ValueError(
            f"pair {lacking[0]!r} of {args.results} is not in the test data of {args.config}: name "
            "what was tested, such as --cfg-options test_dataloader.dataset.split=val"
        )
    return files_of_dataset(records, loading.read_pictures), dataset.metainfo.get("mask_classes")


def dataset_of(cfg: Config) -> Any:
    """The config's test data set, for its records alone."""
    from mmengine.registry import init_default_scope

    from mmrsicc.registry import DATASETS

    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    return DATASETS.build({**cfg.test_dataloader.dataset, "pipeline": [], "test_mode": True})


def pair_drawer(args: Namespace, run: dict[str, Any] | None) -> DrawPair | None:
    """Function that draws a pair with its explanation; None without a checkpoint.

    Raises:
        ValueError: The run was another checkpoint's.
    """
    if args.checkpoint is None:
        return None

    from mmrsicc.apis import image_pipeline, init_captioner
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.provenance import sha256
    from mmrsicc.visualization import explain_record, mask_names, pair_picture

    if run and run.get("checkpoint_sha256") not in (None, sha256(args.checkpoint)):
        raise ValueError(f"{args.results} is the run of {run['checkpoint']}: name that checkpoint")
    cfg = read_config(args.config, args.cfg_options)
    model = init_captioner(cfg, args.checkpoint)
    dataset, pipeline = dataset_of(cfg), image_pipeline(model)
    records = {r["pair_id"]: r for r in map(dataset.get_data_info, range(len(dataset)))}

    def draw(pair_id: str) -> Image.Image:
        inputs, sample, explanation = explain_record(model, records[pair_id], pipeline)
        names = mask_names(dataset.metainfo, pipeline.transforms)
        return pair_picture(inputs, sample, names, explanation)

    return draw


def read_baselines(path: str) -> dict[str, dict[str, Any]]:
    """The scores by baseline that ``mmrsicc baselines`` wrote.

    Raises:
        ValueError: The file holds something else.
    """
    from mmrsicc.utils.text_files import read_json

    try:
        baselines = read_json(path)["baselines"]
        for row in baselines.values():
            scores = row.get("scores") or {}  # None of a baseline that was left out.
            if not all(isinstance(value, int | float) for value in scores.values()):
                raise TypeError
            row["description"]
    except (AttributeError, ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path} is not what mmrsicc baselines --out writes: make it again"
        ) from error
    return baselines


def make_page(args: Namespace) -> str:
    """The page of the arguments."""
    from mmrsicc.evaluation.files.command_line import protocol_of, results_from, scoring_of
    from mmrsicc.evaluation.files.result_files import read_run_record
    from mmrsicc.evaluation.report import find, report_page
    from mmrsicc.evaluation.truth.synth_truth import read_events

    run = read_run_record(args.results)
    scoring = scoring_of(args, [run])
    records = results_from(args, args.results, scoring).records
    events = None if args.events is None else read_events(args.events, records)
    find_files, mask_classes = image_finder(args, [record.pair_id for record in records])
    return report_page(
        args.title or Path(args.results).stem,
        find(records, scoring["scorers"], protocol_of(scoring), events, args.resamples),
        read_baselines(args.baselines) if args.baselines else None,
        run,
        find_files,
        mask_classes,
        args.pairs,
        pair_drawer(args, run),
    )
