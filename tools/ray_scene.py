"""``mmrsicc scene`` on a Ray cluster: the blocks of a scene, mapped by Ray Data.

    pip install "mmrsicc[geo,ray]"
    python tools/ray_scene.py BEFORE AFTER --detector DETECTOR.pth --out DIR --workers 8 --gpus 1

It takes what ``mmrsicc scene`` takes. Each worker loads the models once, and does one block after
the other into the folder of --out, which all machines share. A worker that is lost is started again
by Ray, and its block done again; the same command continues where a run was stopped.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from mmrsicc.cli import scene
from mmrsicc.cli.arguments import split_model, whole_number
from mmrsicc.cli.scene_arguments import map_options


def parse_args(words: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=RawDescriptionHelpFormatter
    )
    scene.add_arguments(parser)
    group = parser.add_argument_group("cluster")
    group.add_argument("--workers", type=whole_number(1), default=2, help="(default: 2)")
    group.add_argument("--gpus", type=float, default=0, help="of each worker (default: 0)")
    args = parser.parse_intermixed_args(words)
    args.out = str(Path(args.out).absolute())
    return args


class Worker:
    """Does shares of a scene's blocks; a callable for Ray Data.

    Args:
        args: Of the command line.
        before: Files of the first date.
        after: Files of the second date.
        shares: How many there are.
    """

    def __init__(self, args: Namespace, before: list[str], after: list[str], shares: int) -> None:
        model, checkpoint, _ = split_model(args.words)
        runner = scene.scene_runner(model, checkpoint, args)
        self._caption = partial(runner, before, after, args.out, dates=args.dates)
        self._shares = shares

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Does the shares of a batch, numbered from 1."""
        for share in batch["share"]:
            self._caption(shard=(int(share), self._shares))
        return batch


def run(args: Namespace, worker: type[Worker] = Worker) -> None:
    """Maps the worker over all blocks, and writes the maps."""
    import ray

    from mmrsicc.scenes import merge_scene
    from mmrsicc.scenes.raster import Raster
    from mmrsicc.scenes.tiles import cut_blocks

    _, _, words = split_model(args.words)
    first, second, args.dates = scene.find_scenes(words, args.dates)
    before, after = ([_absolute(file) for file in files] for files in (first, second))
    # Its size alone is asked, whichever bands the model reads.
    with closing(Raster(before, args.bands, args.nodata, every_band=True)) as raster:
        grid = raster.grid
    shares = len(cut_blocks(grid.width, grid.height, args.block))
    ray.init(ignore_reinit_error=True)
    done = ray.data.from_items([{"share": i + 1} for i in range(shares)]).map_batches(
        worker,
        fn_constructor_args=(args, before, after, shares),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(args.workers, shares)),
        num_gpus=args.gpus,
    )
    print(f"{done.count()} of {shares} blocks")
    print(scene.summary(merge_scene(args.out, **map_options(args))))


def _absolute(file: str) -> str:
    return str(Path(file).absolute()) if Path(file).exists() else file


if __name__ == "__main__":
    run(parse_args())
