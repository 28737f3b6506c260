"""Measures the leakage audit on generated images: ``tools/analysis_tools/benchmark_leakage.py``.

The source is large pairs, the target tiles, all of random texture with the spectrum of photographs.
Some of the target's tiles are cut from the source, shifted by up to 8 pixels, with another
brightness and contrast, and compressed as JPEG. Printed: how many of those are found, how many
others are, what the audit took by the clock and of the processor, and the largest memory in use.
"""

import argparse
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from mmrsicc.cli.arguments import whole_number
from mmrsicc.research.leakage import audit_leakage, images_of_folder
from mmrsicc.research.leakage.tiles import TILE
from mmrsicc.utils.processes import peak_memory_mib

#: Edge of the source's images, as LEVIR-CD's.
LARGE = 1024
#: JPEG quality of planted tiles.
QUALITY = (30, 95)
#: Farthest shift of planted tiles in pixels.
SHIFT = 8
DATES = ("A", "B")


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Benchmark the leakage audit", epilog=__doc__.split("\n\n", 1)[1]
    )
    parser.add_argument(
        "--source-tiles", type=whole_number(at_least=16), default=20_000, help="(default: 20000)"
    )
    parser.add_argument(
        "--target-tiles", type=whole_number(at_least=1), default=10_000, help="(default: 10000)"
    )
    parser.add_argument(
        "--planted", type=whole_number(at_least=0), default=200, help="of them (default: 200)"
    )
    parser.add_argument("--orientations", action="store_true", help="search turned tiles, too")
    parser.add_argument("--threads", type=whole_number(at_least=1), default=2)
    parser.add_argument("--seed", type=whole_number(at_least=0), default=0)
    return parser.parse_args()


def texture(generator: np.random.Generator, size: int) -> np.ndarray:
    """(size, size) uint8: noise at all scales, with a power that falls as in photographs."""
    field = np.zeros((size, size), np.float32)
    side = 4
    while side < size:
        noise = generator.standard_normal((side, side), dtype=np.float32) * (80 / side**0.5)
        field += cv2.resize(noise, (size, size), interpolation=cv2.INTER_LINEAR)
        side *= 2
    return np.clip(field + generator.uniform(80, 160), 0, 255).astype(np.uint8)


def planted(generator: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """A tile of a large image near its grid, brighter or darker."""
    row, column = TILE * generator.integers(0, LARGE // TILE - 1, 2)
    down, right = generator.integers(0, SHIFT + 1, 2)
    tile = image[row + down : row + down + TILE, column + right : column + right + TILE]
    changed = tile * generator.uniform(0.7, 1.2) + generator.uniform(-20, 20)
    return np.clip(changed, 0, 255).astype(np.uint8)


def generate(root: Path, args: argparse.Namespace) -> set[str]:
    """Writes both sets; names of the target's planted pairs."""
    generator = np.random.default_rng(args.seed)
    for side in ("source", "target"):
        for date in DATES:
            (root / side / date).mkdir(parents=True)
    large = -(-args.source_tiles // (LARGE // TILE) ** 2)
    names = set()
    for i in track(range(large), "large images", console=Console(stderr=True)):
        pair = [texture(generator, LARGE) for _ in DATES]
        for date, image in zip(DATES, pair, strict=True):
            cv2.imwrite(str(root / f"source/{date}/{i:05d}.png"), image)
        for j in range(i, args.planted, large):
            names.add(f"planted_{j:05d}")
            # Only the second date is planted: one that matches must suffice.
            tiles = (texture(generator, TILE), planted(generator, pair[1]))
            quality = int(generator.integers(*QUALITY, endpoint=True))
            for date, tile in zip(DATES, tiles, strict=True):
                path = str(root / f"target/{date}/planted_{j:05d}.jpg")
                cv2.imwrite(path, tile, [cv2.IMWRITE_JPEG_QUALITY, quality])
    others = range(args.target_tiles - len(names))
    for i in track(others, "tiles", console=Console(stderr=True)):
        for date in DATES:
            cv2.imwrite(str(root / f"target/{date}/{i:05d}.png"), texture(generator, TILE))
    return names


def main() -> None:
    args = parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        names = generate(root, args)
        start, busy = time.perf_counter(), time.process_time()
        source, target = (
            images_of_folder(root / side, split)
            for side, split in (("source", "train"), ("target", "test"))
        )
        audit = audit_leakage(source, target, oriented=args.orientations, threads=args.threads)
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    found = set(audit.overlapping["test"])
    memory = peak_memory_mib()
    print(
        f"{audit.tiles[0]} tiles of the source's two dates, {audit.tiles[1]} of the target's, "
        f"{args.threads} threads\n"
        f"planted pairs found: {len(found & names)} of {len(names)}; others: {len(found - names)}; "
        f"similar fingerprints: {audit.proposed}\n"
        f"audited in {seconds:.0f} s, {busy:.0f} s of processor time, at most {memory:.0f} MiB"
    )


if __name__ == "__main__":
    main()
