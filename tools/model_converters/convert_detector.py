"""Converts a change detector that authors released: ``convert_detector.py METHOD SOURCE OUT``.

No code in SOURCE is run. OUT is a checkpoint that tools/test.py takes, and a captioner's
change_detector.

Example:
    python tools/model_converters/convert_detector.py tinycd levir_best.pth tinycd_levir.pth
"""

import argparse

import torch

from mmrsicc.converters.detector_conversion import DETECTORS, convert_detector
from mmrsicc.evaluation.files.command_line import check_writable, errors_in_words
from mmrsicc.utils import atomic_path


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Convert a change detector that authors released",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("method", choices=DETECTORS, metavar="METHOD", help=", ".join(DETECTORS))
    parser.add_argument("source", metavar="SOURCE", help="the authors' file")
    parser.add_argument("out", metavar="OUT", help="checkpoint to write")
    parser.add_argument(
        "--config", help="of the same network and its training data (default: LEVIR-CD's)"
    )
    return parser.parse_args()


@errors_in_words()
def main() -> None:
    args = parse_args()
    check_writable(args.out)
    checkpoint = convert_detector(args.method, args.source, args.config)
    with atomic_path(args.out) as path:
        torch.save(checkpoint, path)
    source = checkpoint["meta"]["dataset_meta"]["source_dataset"]
    print(f"{args.out}: trained by its authors on {source}, converted and not trained here")


if __name__ == "__main__":
    main()
