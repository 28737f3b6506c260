"""``mmrsicc export``: a captioner as ONNX files.

Writes encoder.onnx, step.onnx and model.json, all that mmrsicc.deployment.OnnxCaptioner needs to
caption pairs without PyTorch.

Example:
    mmrsicc export CONFIG CHECKPOINT --out DIR
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

HELP = "export a captioner to ONNX"

#: Number of noise pairs of --check, and the batch size: the last batch is smaller.
_PAIRS, _BATCH = 7, 3


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the model and what is written."""
    parser.add_argument(
        "config",
        metavar="MODEL",
        help="config or its name, with its checkpoint; a checkpoint alone; or ORG/MODEL of the "
        "Hugging Face Hub",
    )
    parser.add_argument("checkpoint", nargs="?", metavar="CHECKPOINT")
    parser.add_argument("--out", required=True, help="folder to write, made if it is not there")
    parser.add_argument("--quantize", choices=["int8"], help="8-bit weights of linear layers")
    parser.add_argument(
        "--check", action="store_true", help="compare sentences with PyTorch's on noise"
    )


def run(args: Namespace) -> None:
    """Writes the folder, and checks it if asked.

    Raises:
        OSError, ValueError: The model cannot be exported; the message says why.
        SystemExit: The exported model says other sentences.
    """
    if args.check and args.quantize:
        raise ValueError("--check needs equal sentences: measure int8 with mmrsicc compare-onnx")

    from mmrsicc.apis import init_captioner
    from mmrsicc.apis.model_listing import find_model
    from mmrsicc.deployment.onnx_export import export_onnx

    args.config, args.checkpoint = find_model(args.config, args.checkpoint)
    model = init_captioner(args.config, args.checkpoint)
    export_onnx(model, args.out, int8=bool(args.quantize))
    if model.speaker.decision is not None:
        print("note: the model's change decision is not exported, so sentences may differ")
    for path in sorted(Path(args.out).iterdir()):
        print(f"{path}: {path.stat().st_size / 2**20:.2f} MiB")
    if args.check:
        check(args)


def check(args: Namespace) -> None:
    """Exits with an error if the exported model's sentences differ from PyTorch's."""
    import numpy as np

    from mmrsicc.deployment import OnnxCaptioner
    from mmrsicc.deployment.comparison import torch_counterpart

    captioner = OnnxCaptioner(args.out)
    random = np.random.default_rng(0)
    before, after = (
        random.integers(0, 256, (_PAIRS, 100, 120, bands), dtype=np.uint8)
        for bands in captioner.settings.get("bands", (3, 3))
    )
    pairs = list(zip(before, after, strict=True))
    reference = torch_counterpart(captioner, args.config, args.checkpoint)
    expected = [result.caption for result in reference(pairs, progress=False)]
    found = [result.caption for result in captioner(pairs, _BATCH)]
    same = sum(a == b for a, b in zip(expected, found, strict=True))
    print(f"check: PyTorch's sentence for {same} of {_PAIRS} pairs of noise")
    if same < _PAIRS:
        raise SystemExit(f"{args.out} writes other sentences than the model: do not use it")
