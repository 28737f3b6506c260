"""What a scene costs by its blocks, and what one of 50,000 x 50,000 pixels does: time and memory.

    python tools/analysis_tools/benchmark_scenes.py --edges 512 1024 2048 4096 --block 512
    python tools/analysis_tools/benchmark_scenes.py --edges 50000
    python tools/analysis_tools/benchmark_scenes.py --edges 16384 --page-tiles

The scenes are virtual (VRT): a small image again and again, with bright squares in the second date.
Masks come from change vector analysis, and a fixed sentence stands for the captioner, so this is
the cost of everything but the model. Each scene is done in a process of its own; times are CPU
time, memory is what the process takes beyond its start. With --shards, the first share of the
blocks is done, and no maps are written.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import SimpleNamespace

from mmrsicc.cli.arguments import whole_number
from mmrsicc.utils.counts import counted
from mmrsicc.utils.processes import forget_peak, resident_bytes

#: Edge of the image that the scenes repeat, and of a changed square in it.
EDGE, SQUARE = 1024, 40
#: Length of the change vector above which a pixel has changed.
THRESHOLD = 60.0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edges", type=whole_number(1), nargs="+", default=[512, 1024, 2048, 4096])
    parser.add_argument("--block", type=whole_number(1), default=2048, help="(default: 2048)")
    parser.add_argument("--shards", type=whole_number(1), help="do the first of so many shares")
    parser.add_argument("--page-tiles", action="store_true", help="write the page's tiles, too")
    return parser.parse_args()


def write_images(folder: Path) -> None:
    """Writes the images that the scenes repeat, ``A.tif`` and ``B.tif``."""
    import numpy as np
    import rasterio

    before = np.random.default_rng(0).integers(40, 100, (3, EDGE, EDGE), dtype=np.uint8)
    after = before.copy()
    for y, x in np.random.default_rng(1).integers(0, EDGE - SQUARE, (16, 2)):
        after[:, y : y + SQUARE, x : x + SQUARE] = 200
    profile = {"driver": "GTiff", "width": EDGE, "height": EDGE, "count": 3, "dtype": "uint8"}
    for name, image in (("A", before), ("B", after)):
        with rasterio.open(folder / f"{name}.tif", "w", tiled=True, **profile) as file:
            file.write(image)


def write_scene(folder: Path, name: str, edge: int) -> str:
    """Writes a VRT that repeats an image; gives its path."""
    places = [(x, y) for y in range(0, edge, EDGE) for x in range(0, edge, EDGE)]
    bands = "".join(
        f'<VRTRasterBand dataType="Byte" band="{band}">'
        + "".join(
            f'<SimpleSource><SourceFilename relativeToVRT="1">{name}.tif</SourceFilename>'
            f'<SourceBand>{band}</SourceBand><SrcRect xOff="0" yOff="0" xSize="{EDGE}" '
            f'ySize="{EDGE}"/><DstRect xOff="{x}" yOff="{y}" xSize="{EDGE}" ySize="{EDGE}"/>'
            "</SimpleSource>"
            for x, y in places
        )
        + "</VRTRasterBand>"
        for band in (1, 2, 3)
    )
    path = folder / f"{name}_{edge}.vrt"
    path.write_text(
        f'<VRTDataset rasterXSize="{edge}" rasterYSize="{edge}"><SRS>EPSG:32614</SRS>'
        f"<GeoTransform>620000, 0.5, 0, 3350000, 0, -0.5</GeoTransform>{bands}</VRTDataset>"
    )
    return str(path)


def measure(
    folder: Path, edge: int, block: int, shards: int | None, page_tiles: bool
) -> tuple[float, ...]:
    """Does a scene; gives blocks, seconds before, during and after them, and peak memory."""
    from mmrsicc.apis.scene_masks import MethodMasks
    from mmrsicc.scenes import SceneSettings, caption_scene
    from mmrsicc.scenes.tiles import cut_blocks

    before, after = (write_scene(folder, name, edge) for name in "AB")
    masker = MethodMasks("cva", THRESHOLD)
    said = SimpleNamespace(
        caption="a house appears", score=0.0, n_best=[], change_probability=1.0, error=None
    )
    times: list[float] = []
    forget_peak()
    start_memory, started = resident_bytes(), time.process_time()
    caption_scene(
        lambda pairs: [said] * len(pairs),
        [before],
        [after],
        folder / str(edge),
        SceneSettings(block=block),
        "fixed",
        masker,
        page_tiles=page_tiles,
        shard=(1, shards) if shards else None,
        progress=lambda done, total: times.append(time.process_time()),
    )
    ended = time.process_time()
    count = len(cut_blocks(edge, edge, block))
    done = len(range(0, count, shards or 1))
    peak = (resident_bytes(peak=True) - start_memory) / 2**20
    return count, done, times[0] - started, times[-1] - times[0], ended - times[-1], peak


def main() -> None:
    args = parse_args()
    context = multiprocessing.get_context("spawn")
    print("| edge | blocks | done | plan, s | blocks, s | per block, s | rest, s | peak, MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        write_images(Path(name))
        for edge in args.edges:
            with ProcessPoolExecutor(1, context) as pool:
                options = args.block, args.shards, args.page_tiles
                work = pool.submit(measure, Path(name), edge, *options)
                count, done, plan, blocks, rest, peak = work.result()
            print(
                f"| {edge:,} | {count:,} | {done:,} | {plan:.1f} | {blocks:.1f} | "
                f"{blocks / done:.2f} | {rest:.1f} | {peak:.0f} |",
                flush=True,
            )
            if args.page_tiles:
                tiles = [file.stat().st_size for file in Path(name, str(edge)).glob("tiles/**/*.*")]
                print(f"\n{counted(len(tiles), 'tile')} of {sum(tiles) / 2**20:.0f} MiB\n")


if __name__ == "__main__":
    main()
