"""Shows what a captioner goes by: its sentence's attention, its neck's weights and gates.

Examples:
    python tools/analysis_tools/visualize.py CONFIG CHECKPOINT before.png after.png --out pair.png
    python tools/analysis_tools/visualize.py CONFIG CHECKPOINT --pair-id test_000006 test_000011 \\
        --out pictures
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine import Config, DictAction

from mmrsicc.apis import image_pipeline, init_captioner
from mmrsicc.evaluation.files.command_line import errors_in_words
from mmrsicc.registry import DATASETS
from mmrsicc.visualization import explain_record, explanation_picture, mask_names, save_png


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Draw pairs, one picture each: masks, sentence, where each word looks, and "
        "what the neck weighs and lets in",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", help="config file")
    parser.add_argument("checkpoint", help="checkpoint file")
    parser.add_argument("before", nargs="?", help="image of the first date")
    parser.add_argument("after", nargs="?", help="image of the second date")
    parser.add_argument(
        "--pair-id", nargs="+", metavar="ID", help="pairs of the config's data set instead"
    )
    parser.add_argument("--split", default="test", help="of the test data set (default: test)")
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE.png|DIR",
        help="picture of a single pair, or folder that gets a picture <pair id>.png of each",
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        metavar="KEY=VALUE",
        help="override the config, e.g. test_dataloader.dataset.mask_dir=label",
    )
    args = parser.parse_args()
    if bool(args.pair_id) == bool(args.before) or bool(args.before) != bool(args.after):
        parser.error("name two images, BEFORE and AFTER, or pairs of the data set by --pair-id")
    if args.pair_id and len(args.pair_id) > 1 and args.out.suffix:
        parser.error(f"--out {args.out}: {len(args.pair_id)} pairs go to a folder, not to a file")
    if args.out.suffix not in ("", ".png"):
        parser.error(f"--out {args.out}: pictures are PNG files, let it end in .png")
    return args


def records_of_dataset(
    cfg: Config, split: str, pair_ids: list[str]
) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    """Records of some pairs in the order of their ids, and the data set's metainfo."""
    dataset = DATASETS.build({**cfg.test_dataloader.dataset, "split": split})
    records = {}
    for i in range(len(dataset)):
        record = dataset.get_data_info(i)
        records[record["pair_id"]] = record
    if unknown := [pair_id for pair_id in pair_ids if pair_id not in records]:
        raise SystemExit(
            f"no pair {', '.join(unknown)} in the {split} split; pairs there are called like "
            f"{min(records)}"
        )
    return [records[pair_id] for pair_id in pair_ids], dataset.metainfo


@errors_in_words()
def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    model = init_captioner(cfg, args.checkpoint, args.device)
    if args.pair_id:
        records, metainfo = records_of_dataset(cfg, args.split, args.pair_id)
    else:
        paths = {"before_path": args.before, "after_path": args.after}
        records, metainfo = [{"pair_id": Path(args.after).stem, **paths}], {}
    names = mask_names(metainfo, image_pipeline(model).transforms)
    for record in records:
        shown = explain_record(model, record, image_pipeline(model))
        out = args.out if args.out.suffix else args.out / f"{record['pair_id']}.png"
        save_png(explanation_picture(*shown, names), out)
        print(f"{out}: {shown[1].pred_caption}")


if __name__ == "__main__":
    main()
