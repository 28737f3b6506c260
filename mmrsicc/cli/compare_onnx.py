"""``mmrsicc compare-onnx``: an exported model against PyTorch.

Captions the same pairs with both and prints how many sentences are the same, which are not, the
sizes and the speeds (medians, the two taking turns, from images in memory to sentences), and for
pairs with references the scores of both.

Example:
    mmrsicc compare-onnx FOLDER CONFIG CHECKPOINT
    mmrsicc compare-onnx FOLDER dfm-small --pairs BEFORE AFTER
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import whole_number

if TYPE_CHECKING:
    from mmrsicc.apis import CaptionResult, ChangeCaptionInferencer
    from mmrsicc.deployment import OnnxCaption, OnnxCaptioner

HELP = "compare an exported model with PyTorch: sentences, sizes, speeds, scores"

_BATCH_SIZES = (1, 16)
_SCORES = ("Sm", "change/CIDEr-D", "flag_accuracy")


def add_arguments(parser: ArgumentParser) -> None:
    """Adds both models and the pairs."""
    parser.add_argument("folder", help="what mmrsicc export wrote")
    parser.add_argument(
        "config", metavar="MODEL", help="what was exported: a config, a checkpoint, or a name"
    )
    parser.add_argument("checkpoint", nargs="?", help="the checkpoint, where MODEL is a config")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--split", default="test", help="split of the config's data set")
    source.add_argument(
        "--pairs",
        nargs=2,
        type=Path,
        action="append",
        metavar=("BEFORE", "AFTER"),
        help="two folders with the same file names instead; may be given again",
    )
    parser.add_argument("--threads", type=whole_number(1), default=1, help="threads of both")
    parser.add_argument(
        "--repeats", type=whole_number(1), default=5, help="timed runs; the median counts"
    )


def run(args: Namespace) -> None:
    """Prints the comparison.

    Raises:
        OSError, ValueError: Models or pairs cannot be used; the message says why.
    """
    import torch

    from mmrsicc.apis import image_pipeline
    from mmrsicc.apis.model_listing import find_model
    from mmrsicc.deployment import OnnxCaptioner
    from mmrsicc.deployment.comparison import torch_counterpart

    torch.set_num_threads(args.threads)
    args.config, args.checkpoint = find_model(args.config, args.checkpoint)
    captioner = OnnxCaptioner(args.folder, args.threads)
    reference = torch_counterpart(captioner, args.config, args.checkpoint)
    load, resize, _ = image_pipeline(reference.model).transforms
    records = records_of(args, reference.model)

    pairs = [(record["before_path"], record["after_path"]) for record in records]
    expected = reference(pairs, skip_broken=False)
    found = onnx_captions(captioner, load, records)
    print_differences(records, expected, found)
    if not args.pairs:
        print_scores(records, expected, found)
    print_sizes(reference.model, Path(args.folder))
    timed = [resize(load(dict(record))) for record in records[: max(_BATCH_SIZES)]]
    print_speeds(captioner, reference, timed, args)


def records_of(args: Namespace, model: Any) -> list[dict]:
    """Paths of all pairs, with references and flags where a split has them."""
    from mmrsicc.apis.pair_inputs import find_pairs
    from mmrsicc.registry import DATASETS

    if args.pairs:
        found = [pair for folders in args.pairs for pair in find_pairs(*folders)]
        return [{"before_path": str(a), "after_path": str(b), "pair_id": str(b)} for a, b in found]
    dataset = {**model.cfg.test_dataloader.dataset, "split": args.split, "pipeline": []}
    built = DATASETS.build(dataset)
    return [built.get_data_info(index) for index in range(len(built))]


def onnx_captions(
    captioner: OnnxCaptioner, load: Any, records: Sequence[dict], batch_size: int = 16
) -> list[OnnxCaption]:
    """The exported model's captions; a batch of images is in memory at a time."""
    captions: list[OnnxCaption] = []
    for first in range(0, len(records), batch_size):
        loaded = [load(dict(record)) for record in records[first : first + batch_size]]
        captions += captioner([(pair["before"], pair["after"]) for pair in loaded], batch_size)
    return captions


def print_differences(
    records: Sequence[dict], expected: Sequence[CaptionResult], found: Sequence[OnnxCaption]
) -> None:
    """Sentences, scores and masks of PyTorch against those of ONNX."""
    import numpy as np

    rows = list(zip(records, expected, found, strict=True))
    different = [row for row in rows if row[1].caption != row[2].caption]
    print(f"same sentence: {len(rows) - len(different)} of {len(rows)} pairs")
    for record, reference, caption in different:
        print(f"  {record['pair_id']}\n    PyTorch: {reference.caption}")
        print(f"    ONNX:    {caption.caption}")
    gaps = [abs(float(e.score or 0.0) - f.score) for _, e, f in rows if e.caption == f.caption]
    if gaps:
        print(f"largest difference of their scores: {max(gaps):.1e}")
    masks = [(e.mask, f.mask) for _, e, f in rows if e.mask is not None and f.mask is not None]
    if masks:
        wrong = sum(int(np.count_nonzero(a != b)) for a, b in masks)
        print(f"mask pixels that differ: {wrong} of {sum(a.size for a, _ in masks)}")


def print_sizes(model: Any, folder: Path) -> None:
    """The exported files beside the weights of the PyTorch model."""
    weights = sum(t.numel() * t.element_size() for t in model.state_dict().values())
    files = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    listed = ", ".join(f"{name} {size / 2**20:.1f}" for name, size in files.items())
    total = sum(files.values()) / 2**20
    print(f"size: PyTorch's weights {weights / 2**20:.1f} MiB, ONNX {total:.1f} MiB ({listed})")


def print_speeds(
    captioner: OnnxCaptioner,
    reference: ChangeCaptionInferencer,
    loaded: Sequence[dict],
    args: Namespace,
) -> None:
    """Milliseconds per pair, measured alternately."""
    from mmrsicc.deployment.comparison import seconds_per_pair
    from mmrsicc.utils.counts import counted

    pairs = [(pair["before"], pair["after"]) for pair in loaded]
    print(
        f"speed: {counted(len(pairs), 'pair')}, {counted(args.threads, 'thread')}, median of "
        f"{args.repeats}"
    )
    for batch_size in _BATCH_SIZES:
        torch_s, onnx_s = seconds_per_pair(captioner, reference, pairs, batch_size, args.repeats)
        print(
            f"  batch {batch_size:2}: PyTorch {1000 * torch_s:.1f} ms per pair, "
            f"ONNX {1000 * onnx_s:.1f}, {torch_s / onnx_s:.2f} times as fast"
        )


def print_scores(
    records: Sequence[dict], expected: Sequence[CaptionResult], found: Sequence[OnnxCaption]
) -> None:
    """Scores of both against the references, in percent."""
    from mmrsicc.evaluation.files.records import PredictedCaption
    from mmrsicc.evaluation.scores.change_scores import change_caption_scores

    sentences = {
        "PyTorch": [str(result.caption) for result in expected],
        "ONNX": [caption.caption for caption in found],
    }
    for name, said in sentences.items():
        predicted = [
            PredictedCaption(
                record["pair_id"], sentence, tuple(record["captions"]), record.get("change_flag")
            )
            for record, sentence in zip(records, said, strict=True)
        ]
        scores = change_caption_scores(predicted)
        listed = ", ".join(f"{key} {scores[key]:.2f}" for key in _SCORES if key in scores)
        print(f"scores of {name}: {listed}")
