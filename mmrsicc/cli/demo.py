"""``mmrsicc demo``: a demo page for a model."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout
from importlib.util import find_spec

from mmrsicc.cli.arguments import add_device, whole_number
from mmrsicc.cli.caption import check_beams

HELP = "serve a demo page for a model on this machine"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds model, address and limits."""
    parser.add_argument(
        "model",
        nargs="?",
        metavar="MODEL",
        help="checkpoint alone; ORG/MODEL of the Hugging Face Hub; or name (mmrsicc info) or "
        "config file, with its checkpoint; left out: the model that comes with the package",
    )
    parser.add_argument(
        "checkpoint", nargs="?", metavar="CHECKPOINT", help="checkpoint, unless MODEL is one"
    )
    parser.add_argument("--port", type=int, default=7860, help="port (default: 7860)")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1, this machine alone)",
    )
    parser.add_argument(
        "--max-upload-mb", type=float, default=50, help="size of an upload (default: 50)"
    )
    parser.add_argument(
        "--max-pixels",
        type=int,
        default=25_000_000,
        help="width times height of an upload (default: 25000000)",
    )
    parser.add_argument(
        "--beam-size",
        type=whole_number(1),
        default=3,
        help="beams of the search, and sentences (default: 3)",
    )
    add_device(parser)


def run(args: Namespace) -> None:
    """Serves the page until it is interrupted.

    Raises:
        OSError, ValueError: There is no such model, or the port is taken; the message says so.
        ModuleNotFoundError: Gradio is missing.
    """
    check_beams("--beam-size", args.beam_size)
    # Checked without importing: Gradio reads the server's settings at import.
    if find_spec("gradio") is None:
        raise ModuleNotFoundError("No module named 'gradio'", name="gradio")
    # MMEngine and the packages that it imports print messages of their own.
    with redirect_stdout(sys.stderr):
        from mmrsicc.apis import ChangeCaptionInferencer
        from mmrsicc.apis.model_facts import model_facts
        from mmrsicc.demo.server import serve
        from mmrsicc.demo.uploads import Limits

        limits = Limits(args.max_upload_mb, args.max_pixels)
        captioner = ChangeCaptionInferencer(
            args.model, args.checkpoint, args.device, args.beam_size
        )
        facts = model_facts(captioner.checkpoint)
    serve(captioner, facts, limits, args.beam_size, args.host, args.port)
