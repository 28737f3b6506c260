"""Says what changed: ``python tools/caption.py CONFIG CHECKPOINT BEFORE AFTER``."""

import argparse
import json
import os
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import track

from mmrsicc.apis import caption_pairs, image_pipeline, init_captioner
from mmrsicc.datasets.image_io import IMAGE_SUFFIXES
from mmrsicc.models import ChangeCaptioner
from mmrsicc.structures import ChangeDataSample
from mmrsicc.utils import atomic_path
from mmrsicc.visualization import pair_picture, png_path, raw_pair, save_png


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Caption the change between two images, or two folders of the same file names"
    )
    parser.add_argument("config", help="config file")
    parser.add_argument("checkpoint", help="checkpoint file")
    parser.add_argument("before", type=Path, help="image or folder of the first date")
    parser.add_argument("after", type=Path, help="image or folder of the second date")
    parser.add_argument(
        "--beam-size", type=int, help="beams of the search; the config's decoding if left out"
    )
    parser.add_argument("--batch-size", type=int, default=16, help="pairs per forward")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", metavar="FILE.jsonl", help="write one JSON line per pair")
    parser.add_argument(
        "--picture",
        type=png_path,
        metavar="FILE.png",
        help="draw the pair with its sentence and, if the model has a change detector, its mask",
    )
    return parser.parse_args()


def find_pairs(before: Path, after: Path) -> list[tuple[Path, Path]]:
    """Pairs of two files, or of the files that bear the same name in two folders."""
    for path in (before, after):
        if not path.exists():
            raise SystemExit(f"there is no {path}")
    if before.is_file() and after.is_file():
        return [(before, after)]
    if before.is_file() or after.is_file():
        raise SystemExit(f"{before} and {after} must be two images or two folders")
    names = [
        {p.name for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES}
        for folder in (before, after)
    ]
    alone = sorted(names[0] ^ names[1])
    if alone or not names[0]:
        shown = ", ".join(alone[:5]) or "none at all"
        raise SystemExit(
            f"{before} and {after} must hold images of the same names; "
            f"without a partner ({len(alone)}): {shown}"
        )
    return [(before / name, after / name) for name in sorted(names[0])]


def draw(
    model: ChangeCaptioner, before: Path, after: Path, sample: ChangeDataSample, out: Path
) -> None:
    """Draws a captioned pair at the size of its files, not at that of the model's input."""
    paths = {"before_path": str(before), "after_path": str(after)}
    whole = raw_pair(paths, image_pipeline(model).transforms)
    save_png(pair_picture(whole["inputs"], sample), out)


def main() -> None:
    args = parse_args()
    pairs = find_pairs(args.before, args.after)
    if args.picture is not None and len(pairs) > 1:
        raise SystemExit(f"--picture draws one pair, not {len(pairs)}: give two images")
    decoding = None
    if args.beam_size is not None:
        decoding = {"type": "BeamSearch", "beam_size": args.beam_size}
    model = init_captioner(args.config, args.checkpoint, args.device, decoding)
    lines = []
    captions = caption_pairs(model, pairs, args.batch_size)
    progress = track(
        captions,
        "captioning",
        total=len(pairs),
        console=Console(stderr=True),
        disable=len(pairs) == 1,
    )
    for (before, after), sample in zip(pairs, progress, strict=True):
        caption, score = sample.pred_caption, sample.pred_score
        print(caption if len(pairs) == 1 else f"{after.name}\t{caption}")
        record = {"id": sample.pair_id, "caption": caption, "score": score}
        lines.append(json.dumps({**record, "before": str(before), "after": str(after)}))
        if args.picture is not None:
            draw(model, before, after, sample, args.picture)
    if args.out is not None:
        with atomic_path(args.out) as path:
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
