"""``mmrsicc publish``: a trained model as one small file.

Of a training's checkpoint it keeps what captioning needs: weights in half precision, config,
vocabulary, provenance. The file needs no other. Name pairs after --check as proof that it says what
the original says; they are captioned before the file is written.

Examples:
    mmrsicc publish best.pth --out model.pth --check data/images/val/A data/images/val/B
    mmrsicc publish best.pth --out model.pth --detector detector.pth --decision decision.json
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout
from pathlib import Path

from mmrsicc.cli.arguments import file_path, whole_number

HELP = "publish a trained model as one small file"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the model, the file to write and the pairs of the check."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="checkpoint alone; or config file or name, with its checkpoint",
    )
    parser.add_argument(
        "checkpoint", nargs="?", metavar="CHECKPOINT", help="checkpoint, unless MODEL is one"
    )
    parser.add_argument("--out", required=True, type=file_path(".pth"), metavar="FILE.pth")
    parser.add_argument(
        "--push-to-hub",
        metavar="ORG/MODEL",
        help="upload it to the Hugging Face Hub, too, in safetensors, with a model card",
    )
    parser.add_argument("--private", action="store_true", help="in a private repository")
    parser.add_argument("--license", metavar="ID", help="licence on the card, such as apache-2.0")
    parser.add_argument(
        "--check",
        nargs="+",
        metavar="IMAGES",
        help="two images, two folders or a table (.csv, .tsv): the file is only written if it says "
        "the same about these pairs",
    )
    parser.add_argument(
        "--most-different",
        type=whole_number(at_least=0),
        default=0,
        metavar="N",
        help="pairs of --check that may get another sentence: rounding decides near ties "
        "(default: 0)",
    )
    parser.add_argument(
        "--detector",
        metavar="FILE",
        help="checkpoint of a change detector for the same images: the published model gives its "
        "masks, too",
    )
    parser.add_argument(
        "--decision",
        type=Path,
        metavar="FILE.json",
        help="change decision that mmrsicc calibrate-change wrote",
    )
    parser.add_argument(
        "--gsd",
        nargs="+",
        type=float,
        metavar="METRES",
        help="ground sampling distance of what the model was trained on, or the least and the "
        "greatest, where the checkpoint does not say",
    )


def run(args: Namespace) -> None:
    """Writes the file, and prints its size and digest.

    Raises:
        OSError, ValueError: The model cannot be published; the message says why.
    """
    if args.check is not None and len(args.check) > 2:
        raise ValueError("--check takes two images, two folders or one table")
    if args.push_to_hub is None and (args.private or args.license is not None):
        raise ValueError("--private and --license are of --push-to-hub: give it, or leave them out")
    if args.check is None and args.most_different:
        raise ValueError("--most-different is of --check: give both, or leave it out")
    if args.gsd is not None and not (len(args.gsd) <= 2 and 0 < min(args.gsd) < float("inf")):
        raise ValueError("--gsd takes one or two distances in metres, such as 0.5")
    # MMEngine and the packages that it imports print messages of their own.
    with redirect_stdout(sys.stderr):
        from mmrsicc.apis.hub import check_repository
        from mmrsicc.apis.publishing import publish

        if args.push_to_hub is not None:
            check_repository(args.push_to_hub)
        check = args.check and (args.check[0] if len(args.check) == 1 else tuple(args.check))
        done = publish(
            args.model,
            args.checkpoint,
            args.out,
            check,
            args.most_different,
            args.gsd,
            args.detector,
            None if args.decision is None else _decision(args.decision),
        )
    for pair, (before, now) in done.different.items():
        print(f"{pair}\n  original   {before}\n  published  {now}")
    if args.check is None:
        print("checked    nothing but that it loads: name pairs after --check")
    else:
        print(f"checked    {done.pairs - len(done.different)} of {done.pairs} sentences the same")
    print(f"pixels     {done.gsd or 'of unknown size on the ground: give --gsd'}")
    print(f"written    {done.path}\nsize       {done.size / 1e6:.2f} MB\nsha256     {done.digest}")
    if args.push_to_hub is not None:
        print(f"uploaded   {_push(args)}")


def _decision(path: Path) -> dict[str, float]:
    """Arguments of the change decision in a file of ``mmrsicc calibrate-change``."""
    from mmrsicc.utils.text_files import read_json

    if not path.is_file():
        raise FileNotFoundError(
            f"there is no {path}: write a change decision with mmrsicc calibrate-change --out"
        )
    content = read_json(path)
    decision = content.get("decision") if isinstance(content, dict) else None
    if not isinstance(decision, dict) or not (
        {"bias", "speaker"} <= decision.keys() <= {"bias", "speaker", "mask"}
    ):
        raise ValueError(
            f"{path} holds no change decision: write one with mmrsicc calibrate-change --out"
        )
    return decision


def _push(args: Namespace) -> str:
    """Uploads the published file; returns the address of the commit."""
    from mmrsicc.apis import ChangeCaptionInferencer, push_to_hub

    captioner = ChangeCaptionInferencer(args.out, device="cpu")
    return push_to_hub(captioner, args.push_to_hub, args.private, args.license)
