"""How right change objects are, on LEVIR-CD scenes put together from the recovered test tiles.

    python tools/analysis_tools/measure_scenes.py $MMRSICC_DATA/levir_cc_real --scenes 4 \\
        --out work_dirs/scenes

A scene is 16 tiles in 4 rows. The true objects are made of the true mask as found ones are of the
detector's: same least area, parts joined over the same distance. Found and true objects are matched
one to one, the best overlap first. Sentences are scored for tiles in which an object lies, against
the tile's captions: that of the tile itself, and that of its largest object.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio
import shapely
from PIL import Image
from rasterio.transform import Affine

from mmrsicc.apis import ChangeCaptionInferencer, input_size
from mmrsicc.apis.scene_masks import DetectorMasks
from mmrsicc.cli.arguments import whole_number
from mmrsicc.cli.scene import captioner_name
from mmrsicc.datasets.caption_file import read_split
from mmrsicc.evaluation.scores.caption_scores import caption_scores
from mmrsicc.evaluation.scores.tables import markdown
from mmrsicc.research.object_matching import match_objects
from mmrsicc.scenes import ChangeObject, Masker, OwnMasks, SceneSettings, caption_scene
from mmrsicc.scenes.shapes import join_parts, mask_parts

#: Edge of a tile in pixels, and tiles along the edge of a scene.
TILE, PER_SIDE = 256, 4
#: Of LEVIR-CD, in metres.
GSD = 0.5
IOUS = (0.1, 0.5)
SCORES = ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D", "Sm")

#: Names of the modes, and whether objects are highlighted; None for tiles.
MODES = {"tiles": None, "objects, whole window": False, "objects, highlighted": True}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of the data set")
    parser.add_argument("--model", help="captioner (default: the one of the package)")
    parser.add_argument(
        "--detector", help="checkpoint of a change detector (default: the captioner's own masks)"
    )
    parser.add_argument("--detector-config", help="its config, where it holds none")
    parser.add_argument("--scenes", type=whole_number(1), default=4, help="(default: 4)")
    parser.add_argument("--min-pixels", type=whole_number(0), default=SceneSettings.min_pixels)
    parser.add_argument("--join-distance", type=float, default=SceneSettings.join_distance)
    parser.add_argument("--device")
    parser.add_argument("--out", type=Path, required=True, help="folder for scenes and results")
    return parser.parse_args()


def whole_scenes(data: Path) -> dict[str, list[str]]:
    """Test scenes of which all tiles are there: their tiles row by row."""
    scenes = defaultdict(list)
    with (data / "TILES.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["split"] == "test":
                scenes[row["scene"]].append(row["stem"])
    return {name: sorted(s) for name, s in scenes.items() if len(s) == PER_SIDE**2}


def put_together(data: Path, stems: Sequence[str], folder: Path) -> None:
    """Writes ``A.tif``, ``B.tif`` and ``label.tif`` of a scene, at a made-up place in Texas."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("A", "B", "label"):
        tiles = [
            np.array(Image.open(data / "images" / "test" / name / f"{stem}.webp")) for stem in stems
        ]
        rows = [np.hstack(tiles[i : i + PER_SIDE]) for i in range(0, len(tiles), PER_SIDE)]
        image = np.vstack(rows)
        bands = (
            (image[..., :1] if name == "label" else image) if image.ndim == 3 else image[..., None]
        )
        profile = {
            "driver": "GTiff",
            "height": image.shape[0],
            "width": image.shape[1],
            "count": bands.shape[2],
            "dtype": "uint8",
            "crs": "EPSG:32614",
            "transform": Affine(GSD, 0, 620_000, 0, -GSD, 3_350_000),
        }
        with rasterio.open(folder / f"{name}.tif", "w", **profile) as file:
            file.write(bands.transpose(2, 0, 1))


def sentences(objects: Sequence[ChangeObject], stems: Sequence[str]) -> dict[str, str]:
    """The sentence of the largest object of each tile; an object is in the tile that has most."""
    largest: dict[str, ChangeObject] = {}
    boxes = [
        shapely.box(x, y, x + TILE, y + TILE)
        for y in range(0, PER_SIDE * TILE, TILE)
        for x in range(0, PER_SIDE * TILE, TILE)
    ]
    for found in objects:
        stem = stems[int(np.argmax(shapely.area(shapely.intersection(boxes, found.shape))))]
        if stem not in largest or found.shape.area > largest[stem].shape.area:
            largest[stem] = found
    return {stem: found.caption for stem, found in largest.items()}


def main() -> None:
    args = parse_args()
    chosen = dict(list(whole_scenes(args.data).items())[: args.scenes])
    captions = {
        record.pair_id: record.captions
        for record in read_split(args.data / "LevirCCcaptions.json", "test")
    }
    inferencer = ChangeCaptionInferencer(args.model, device=args.device)

    def captioner(pairs: Sequence) -> list:
        return inferencer(pairs, len(pairs), progress=False, skip_broken=False)

    masker: Masker = OwnMasks(captioner)
    if args.detector:
        masker = DetectorMasks(args.detector_config, args.detector, args.device)
    true: dict[str, list[shapely.Geometry]] = {}
    found: dict[str, dict[str, list[ChangeObject]]] = {mode: {} for mode in MODES}
    for scene, stems in chosen.items():
        folder = args.out / f"scene_{scene}"
        put_together(args.data, stems, folder)
        with rasterio.open(folder / "label.tif") as file:
            parts = mask_parts(file.read(1) > 0)
        true[scene] = join_parts(parts, args.min_pixels, args.join_distance)
        for mode, highlight in MODES.items():
            outcome = caption_scene(
                captioner,
                [str(folder / "A.tif")],
                [str(folder / "B.tif")],
                folder / mode.replace(", ", "-").replace(" ", "-"),
                SceneSettings(
                    tile=TILE,
                    overlap=0 if highlight is None else 32,
                    min_pixels=args.min_pixels,
                    join_distance=args.join_distance,
                    highlight=bool(highlight),
                ),
                captioner_name(inferencer),
                None if highlight is None else masker,
                input_size=input_size(inferencer.model),
            )
            assert outcome is not None
            found[mode][scene] = list(outcome.objects)
            print(f"scene {scene}, {mode}: {len(outcome.objects)} objects", flush=True)
    print(f"\n{shape_table(found, true)}\n\n{sentence_table(found, chosen, captions)}")


def shape_table(
    found: Mapping[str, Mapping[str, Sequence[ChangeObject]]],
    true: Mapping[str, Sequence[shapely.Geometry]],
) -> str:
    """Precision and recall of objects, and the error of the area, by mode."""
    metres = GSD**2
    area = sum(shape.area for shapes in true.values() for shape in shapes) * metres
    rows = [
        ["mode", "objects", *(f"{w} at {t}" for t in IOUS for w in ("P", "R")), "area", "error"]
    ]
    total = sum(map(len, true.values()))
    rows.append(["truth", str(total), *[""] * 4, f"{area:.0f} m2", ""])
    for mode, scenes in found.items():
        shapes = {
            s: [o.shape for o in objects if o.changed or o.found_by == "mask"]
            for s, objects in scenes.items()
        }
        overlaps = np.concatenate([match_objects(shapes[s], true[s]) for s in shapes])
        count = sum(map(len, shapes.values()))
        said = sum(shape.area for group in shapes.values() for shape in group) * metres
        cells = [
            f"{100 * (overlaps >= t).sum() / max(number, 1):.1f}"
            for t in IOUS
            for number in (count, total)
        ]
        rows.append(
            [mode, str(count), *cells, f"{said:.0f} m2", f"{100 * (said / area - 1):+.1f} %"]
        )
    return markdown(rows)


def sentence_table(
    found: Mapping[str, Mapping[str, Sequence[ChangeObject]]],
    chosen: Mapping[str, Sequence[str]],
    captions: Mapping[str, Sequence[str]],
) -> str:
    """Scores of sentences on the tiles in which an object lies, and who disagrees, by mode."""
    said = {
        mode: {
            k: v for s, objects in scenes.items() for k, v in sentences(objects, chosen[s]).items()
        }
        for mode, scenes in found.items()
    }
    common = sorted(set.intersection(*(set(answers) for answers in said.values())))
    references = {stem: captions[stem] for stem in common}
    rows = [["mode", "tiles", *SCORES, "disagree"]]
    for mode, answers in said.items():
        scores = caption_scores(references, {stem: answers[stem] for stem in common}).corpus
        disagree = sum(o.disagrees for objects in found[mode].values() for o in objects)
        cells = [f"{scores[name]:.2f}" for name in SCORES]
        rows.append([mode, str(len(common)), *cells, str(disagree)])
    return markdown(rows)


if __name__ == "__main__":
    main()
