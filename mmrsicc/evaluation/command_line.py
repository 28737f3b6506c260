"""What the command lines that read files of predicted sentences have in common."""

import argparse

from mmrsicc.evaluation.caption_scores import SCORERS
from mmrsicc.evaluation.protocols import PROTOCOLS, Protocol, build_protocol
from mmrsicc.evaluation.result_files import Results, read_results

#: Help of the argument that names such a file.
RESULTS_HELP = (
    "*.jsonl of this toolbox; *.txt, a sentence a line in split order; *.json, COCO results or "
    "RSICCformer's *_res.json; a folder of *_cap.txt as MCI and RSCaMa write"
)


def add_scoring_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what the sentences are measured against, and how."""
    parser.add_argument(
        "--ann-file", help="caption file with references and flags, where RESULTS has none"
    )
    parser.add_argument("--split", default="test", help="split of the caption file (default: test)")
    parser.add_argument(
        "--missing",
        choices=("error", "empty"),
        default="error",
        help="pairs without a sentence: an error, or counted as empty sentences (default: error)",
    )
    parser.add_argument(
        "--scorers", nargs="+", default=SCORERS, choices=SCORERS, help="(default: all)"
    )
    parser.add_argument(
        "--protocol", choices=PROTOCOLS, default="word", help="what is a word (default: word)"
    )
    parser.add_argument(
        "--vocabulary", help="for legacy_ids: JSON file, or preset that counts words of --ann-file"
    )


def results_from(args: argparse.Namespace, path: str) -> Results:
    """The sentences of a file, with the arguments' references."""
    return read_results(path, args.ann_file, args.split, args.missing)


def protocol_from(args: argparse.Namespace) -> Protocol:
    """The protocol of the arguments."""
    return build_protocol(args.protocol, args.vocabulary, args.ann_file)


def scoring_record(args: argparse.Namespace) -> dict[str, str | None]:
    """What of the arguments decides about scores."""
    return {
        "protocol": args.protocol,
        "vocabulary": args.vocabulary,
        "ann_file": args.ann_file,
        "split": args.split if args.ann_file else None,
    }
