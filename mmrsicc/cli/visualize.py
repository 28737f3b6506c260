"""``mmrsicc visualize``: what a caption rests on: attention, its neck's weights and gates.

Examples:
    mmrsicc visualize CONFIG CHECKPOINT before.png after.png --out pair.png
    mmrsicc visualize CONFIG CHECKPOINT --pair-id test_000006 test_000011 --out pictures
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import add_cfg_options, add_device

if TYPE_CHECKING:
    from mmengine import Config

HELP = "draw pairs with mask, sentence, where each word looks and what the neck weighs"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the model, the pairs and the pictures."""
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
    add_device(parser)
    add_cfg_options(parser, "test_dataloader.dataset.mask_dir=label")


def run(args: Namespace) -> None:
    """Draws the pictures.

    Raises:
        OSError, ValueError: Model or pairs cannot be used; the message says why.
    """
    _check_pairs(args)

    from mmrsicc.apis import image_pipeline, init_captioner
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.device import usable_device
    from mmrsicc.utils.files import check_unused
    from mmrsicc.visualization import explain_record, explanation_picture, mask_names, save_png

    cfg = read_config(args.config, args.cfg_options)
    model = init_captioner(cfg, args.checkpoint, usable_device(args.device))
    if args.pair_id:
        records, metainfo = records_of_dataset(cfg, args.split, args.pair_id)
    else:
        paths = {"before_path": args.before, "after_path": args.after}
        records, metainfo = [{"pair_id": Path(args.after).stem, **paths}], {}
    names = mask_names(metainfo, image_pipeline(model).transforms)
    folder = not args.out.suffix
    pictures = [args.out / f"{r['pair_id']}.png" if folder else args.out for r in records]
    images = [path for r in records for key, path in r.items() if key.endswith("_path")]
    for out in pictures:
        check_unused(out, images)
    for record, out in zip(records, pictures, strict=True):
        shown = explain_record(model, record, image_pipeline(model))
        save_png(explanation_picture(*shown, names), out)
        print(f"{out}: {shown[1].pred_caption}")


def _check_pairs(args: Namespace) -> None:
    """Refuses arguments that do not go together."""
    if bool(args.pair_id) == bool(args.before) or bool(args.before) != bool(args.after):
        raise ValueError("name two images, BEFORE and AFTER, or pairs of the data set by --pair-id")
    if args.pair_id and len(args.pair_id) > 1 and args.out.suffix:
        raise ValueError(
            f"--out {args.out}: {len(args.pair_id)} pairs go to a folder, not to a file"
        )
    if args.out.suffix not in ("", ".png"):
        raise ValueError(f"--out {args.out}: pictures are PNG files, end it in .png")


def records_of_dataset(
    cfg: Config, split: str, pair_ids: list[str]
) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    """Records of some pairs in the order of their ids, and the data set's metainfo."""
    from mmrsicc.registry import DATASETS

    dataset = DATASETS.build({**cfg.test_dataloader.dataset, "split": split})
    records = {}
    for i in range(len(dataset)):
        record = dataset.get_data_info(i)
        records[record["pair_id"]] = record
    if unknown := [pair_id for pair_id in pair_ids if pair_id not in records]:
        raise ValueError(
            f"no pair {', '.join(unknown)} in the {split} split; pairs there are called like "
            f"{min(records)}"
        )
    return [records[pair_id] for pair_id in pair_ids], dataset.metainfo
