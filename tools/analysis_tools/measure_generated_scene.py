"""How right change objects and their sentences are, on a generated scene of which all is known.

    python tools/analysis_tools/measure_generated_scene.py MODEL.pth --out work_dirs/generated

The scene is a mosaic of test pairs of SynthCC (16 x 16 of 256 pixels by default) with their exact
masks and events; the model must be one that was trained on SynthCC. Objects are made of the
model's own mask, or of that of --detector or --method. A sentence is true if all that it says holds
for the events of a pair: of the tile, or of the pair that has most of the object.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
import shapely
from measure_scenes import GSD, TILE, shape_table
from rasterio.transform import Affine

from mmrsicc.apis import ChangeCaptionInferencer, input_size
from mmrsicc.apis.scene_masks import DetectorMasks, MethodMasks
from mmrsicc.cli.arguments import METHODS, whole_number
from mmrsicc.cli.scene import captioner_name
from mmrsicc.evaluation.scores.tables import markdown
from mmrsicc.scenes import ChangeObject, Masker, OwnMasks, SceneSettings, caption_scene
from mmrsicc.scenes.shapes import join_parts, mask_parts
from mmrsicc.synthcc import PairId, is_true, make_pair, read_sentence
from mmrsicc.synthcc.scene import Event

#: No data set that ``mmrsicc synthcc`` makes by default has this seed.
SEED = 2025


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="config or checkpoint of the captioner")
    parser.add_argument("checkpoint", nargs="?", help="its checkpoint")
    parser.add_argument("--detector", help="checkpoint of a change detector")
    parser.add_argument("--detector-config", help="its config, where it holds none")
    parser.add_argument("--method", choices=METHODS, help="or what gives a mask without labels")
    parser.add_argument("--side", type=whole_number(1), default=16, help="pairs per edge")
    parser.add_argument("--device")
    parser.add_argument("--out", type=Path, required=True, help="folder for scene and results")
    return parser.parse_args()


def make_scene(side: int, folder: Path) -> tuple[np.ndarray, list[Sequence[Event]]]:
    """Writes ``A.tif`` and ``B.tif``; gives the true mask, and the events of each pair."""
    folder.mkdir(parents=True, exist_ok=True)
    edge = side * TILE
    dates = [np.empty((edge, edge, 3), np.uint8) for _ in "AB"]
    mask = np.empty((edge, edge), bool)
    events: list[Sequence[Event]] = []
    for number in range(side**2):
        y, x = (TILE * i for i in divmod(number, side))
        place = np.s_[y : y + TILE, x : x + TILE]
        pair = make_pair(SEED, PairId("test", number + 1), TILE)
        dates[0][place], dates[1][place], mask[place] = pair.before, pair.after, pair.label > 0
        events.append(pair.scene.events)
    profile = {
        "driver": "GTiff",
        "height": edge,
        "width": edge,
        "count": 3,
        "dtype": "uint8",
        "crs": "EPSG:32614",
        "transform": Affine(GSD, 0, 620_000, 0, -GSD, 3_350_000),
        "tiled": True,
    }
    for name, image in zip("AB", dates, strict=True):
        with rasterio.open(folder / f"{name}.tif", "w", **profile) as file:
            file.write(image.transpose(2, 0, 1))
    return mask, events


def find_masker(args: argparse.Namespace, inferencer: ChangeCaptionInferencer) -> Masker:
    """What finds the objects' masks."""
    if args.detector:
        return DetectorMasks(args.detector_config, args.detector, args.device)
    if args.method:
        return MethodMasks(args.method, device=args.device)
    return OwnMasks(lambda p: inferencer(p, len(p), progress=False, skip_broken=False))


def home(found: ChangeObject, boxes: Sequence[shapely.Geometry]) -> int:
    """The pair that has most of an object."""
    return int(np.argmax(shapely.area(shapely.intersection(boxes, found.shape))))


def right_things(sentence: str, events: Sequence[Event]) -> bool:
    """Whether what a sentence names, and what happened to it, are right; places may be wrong."""
    claims = read_sentence(sentence).claims
    said = {(claim.kind, claim.change) for claim in claims}
    return said <= {(e.kind, e.change) for e in events} if said else is_true(sentence, events)


def sentence_table(
    found: dict[str, Sequence[ChangeObject]], events: Sequence[Sequence[Event]], side: int
) -> str:
    """Shares of true sentences, of all and of those about pairs with a change."""
    corners = [(x, y) for y in range(0, side * TILE, TILE) for x in range(0, side * TILE, TILE)]
    boxes = [shapely.box(x, y, x + TILE, y + TILE) for x, y in corners]
    rows = [["mode", "sentences about", "number", "true", "right things and changes"]]
    for mode, objects in found.items():
        homes = [home(o, boxes) for o in objects]
        said = [(o.caption, events[i]) for o, i in zip(objects, homes, strict=True)]
        for what, kept in (("all", said), ("pairs with a change", [s for s in said if s[1]])):
            shares = [
                f"{100 * np.mean([check(*s) for s in kept]):.1f} %" if kept else ""
                for check in (is_true, right_things)
            ]
            rows.append([mode, what, str(len(kept)), *shares])
    return markdown(rows)


def main() -> None:
    args = parse_args()
    mask, events = make_scene(args.side, args.out)
    print(f"{sum(map(bool, events))} of {len(events)} pairs changed", flush=True)
    true = join_parts(mask_parts(mask), SceneSettings.min_pixels, SceneSettings.join_distance)
    inferencer = ChangeCaptionInferencer(args.model, args.checkpoint, args.device)
    modes: dict[str, Masker | None] = {"tiles": None, "objects": find_masker(args, inferencer)}
    found: dict[str, Sequence[ChangeObject]] = {}
    for mode, masker in modes.items():
        outcome = caption_scene(
            lambda pairs: inferencer(pairs, len(pairs), progress=False, skip_broken=False),
            [str(args.out / "A.tif")],
            [str(args.out / "B.tif")],
            args.out / mode,
            SceneSettings(tile=TILE, overlap=32 if masker else 0),
            captioner_name(inferencer),
            masker,
            input_size=input_size(inferencer.model),
        )
        assert outcome is not None, "no share of the blocks was asked for"
        found[mode] = outcome.objects
        print(f"{mode}: {len(outcome.objects)}", flush=True)
    scenes = {mode: {"scene": list(objects)} for mode, objects in found.items()}
    print(f"\n{shape_table(scenes, {'scene': true})}\n\n{sentence_table(found, events, args.side)}")


if __name__ == "__main__":
    main()
