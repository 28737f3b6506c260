"""Writes a run on one HTML page: scores, pairs to look at, and what the scores rest on.

Examples:
    python tools/analysis_tools/report.py results.jsonl --out report.html
    python tools/analysis_tools/report.py results.jsonl --config configs/dfm/dfm_levircc.py \\
        --checkpoint epoch_80.pth --baselines baselines.json --out report.html
    python tools/analysis_tools/report.py results.jsonl --image-root data/SynthCC/images \\
        --events data/SynthCC/events --out report.html
"""

import argparse
import json
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.registry import init_default_scope
from PIL import Image

from mmrsicc.apis import image_pipeline, init_captioner
from mmrsicc.evaluation.files.command_line import (
    RESULTS_HELP,
    add_scoring_arguments,
    check_writable,
    errors_in_words,
    protocol_of,
    results_from,
    scoring_of,
    whole_number,
)
from mmrsicc.evaluation.files.result_files import read_run_record
from mmrsicc.evaluation.report import files_of_dataset, files_of_folder, find, report_page
from mmrsicc.evaluation.report.pictures import DrawPair, FindFiles
from mmrsicc.evaluation.truth.synth_truth import read_events
from mmrsicc.registry import DATASETS
from mmrsicc.utils import atomic_path
from mmrsicc.utils.provenance import sha256
from mmrsicc.visualization import explain_record, mask_names, pair_picture


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Write a run on one HTML page",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", help=RESULTS_HELP)
    add_scoring_arguments(parser)
    images = parser.add_mutually_exclusive_group()
    images.add_argument("--config", help="config whose test data set has the images")
    images.add_argument(
        "--image-root", metavar="DIR", help="folder of the images: A, B and label, or splits"
    )
    parser.add_argument(
        "--checkpoint",
        help="the run's, with --config: the pairs are also drawn with what the model went by",
    )
    parser.add_argument(
        "--baselines", metavar="FILE.json", help="what trivial_baselines.py --out wrote"
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
        help="of the bootstrap (default: 1000)",
    )
    parser.add_argument("--title", help="name of the run (default: the results file's)")
    parser.add_argument("--out", required=True, metavar="FILE.html")
    args = parser.parse_args()
    if Path(args.out).suffix != ".html":
        parser.error(f"--out writes HTML: name the file *.html, not {args.out}")
    if args.checkpoint is not None and args.config is None:
        parser.error("--checkpoint needs --config, which says what model and data set it is")
    return args


def image_finder(args: argparse.Namespace) -> tuple[FindFiles | None, dict[int, str] | None]:
    """How to find images, and what the values of their masks mean."""
    if args.image_root is not None:
        return files_of_folder(args.image_root), None
    if args.config is None:
        return None, None
    dataset = dataset_of(Config.fromfile(args.config))
    records = (dataset.get_data_info(i) for i in range(len(dataset)))
    return files_of_dataset(records), dataset.metainfo.get("mask_classes")


def dataset_of(cfg: Config) -> Any:
    """The config's test data set, for its records alone."""
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    return DATASETS.build({**cfg.test_dataloader.dataset, "pipeline": [], "test_mode": True})


def pair_drawer(args: argparse.Namespace, run: dict[str, Any] | None) -> DrawPair | None:
    """How to draw a pair with what the model went by; None without a checkpoint.

    Raises:
        ValueError: The run was another checkpoint's.
    """
    if args.checkpoint is None:
        return None
    if run and run.get("checkpoint_sha256") not in (None, sha256(args.checkpoint)):
        raise ValueError(f"{args.results} is the run of {run['checkpoint']}: name that checkpoint")
    cfg = Config.fromfile(args.config)
    model = init_captioner(cfg, args.checkpoint)
    dataset, pipeline = dataset_of(cfg), image_pipeline(model)
    records = {r["pair_id"]: r for r in map(dataset.get_data_info, range(len(dataset)))}

    def draw(pair_id: str) -> Image.Image:
        inputs, sample, explanation = explain_record(model, records[pair_id], pipeline)
        names = mask_names(dataset.metainfo, pipeline.transforms)
        return pair_picture(inputs, sample, names, explanation)

    return draw


def read_baselines(path: str) -> dict[str, dict[str, Any]]:
    """The scores by baseline that trivial_baselines.py wrote.

    Raises:
        ValueError: The file holds something else.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))["baselines"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is not what trivial_baselines.py --out writes") from error


def make_page(args: argparse.Namespace) -> str:
    """The page of the arguments."""
    run = read_run_record(args.results)
    scoring = scoring_of(args, [run])
    records = results_from(args, args.results).records
    events = None
    if args.events is not None:
        events = {r.pair_id: read_events(args.events, r.pair_id) for r in records}
    find_files, mask_classes = image_finder(args)
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


@errors_in_words()
def main() -> None:
    args = parse_args()
    check_writable(args.out)
    html = make_page(args)
    with atomic_path(args.out) as path:
        path.write_text(html, encoding="utf-8")
    print(f"{args.out}: {len(html) / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
