"""``mmrsicc convert-detector``: a change detector that authors released, as one of this toolbox.

No code in SOURCE is run. OUT is a checkpoint that mmrsicc test takes, and a captioner's
change_detector.

Example:
    mmrsicc convert-detector tinycd levir_best.pth tinycd_levir.pth
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

HELP = "convert a change detector that authors released"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the authors' file and what is written."""
    parser.add_argument("method", metavar="METHOD", help="changemamba or tinycd")
    parser.add_argument("source", metavar="SOURCE", help="the authors' file")
    parser.add_argument("out", metavar="OUT", help="checkpoint to write")
    parser.add_argument(
        "--config",
        help="of the same network and its training data (default: TinyCD on LEVIR-CD, tiny "
        "ChangeMamba on SYSU-CD)",
    )


def run(args: Namespace) -> None:
    """Writes the checkpoint, and prints what it was trained on.

    Raises:
        OSError, ValueError: The file cannot be converted; the message says why.
    """
    import torch

    from mmrsicc.converters.detector_conversion import convert_detector
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils import atomic_path

    check_writable(args.out, args)
    checkpoint = convert_detector(args.method, args.source, args.config)
    with atomic_path(args.out) as path:
        torch.save(checkpoint, path)
    source = checkpoint["meta"]["dataset_meta"]["source_dataset"]
    print(f"{args.out}: trained by its authors on {source}, converted and not trained here")
