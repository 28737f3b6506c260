"""``mmrsicc convert-mat``: a hyperspectral pair of MATLAB files as GeoTIFF in A, B and label.

The masks have 0 where unchanged, 1 where changed and 255, no data, where nothing is labelled.

Examples:
    mmrsicc convert-mat China.mat:T1 China.mat:T2 China.mat:Binary --out data/China
    mmrsicc convert-mat Bay_Area_2013.mat Bay_Area_2015.mat bayArea_gtChanges2.mat \\
        --changed 1 --unchanged 2 --train-share 0.03 --out data/BayArea
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmrsicc.cli.arguments import folder_path, share, whole_number

FOLDERS = ("A", "B", "label", "label_train", "label_test")

HELP = "write a hyperspectral pair of MATLAB files, and its mask, as GeoTIFF"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the arrays, what the mask's values mean, and where the files go."""
    for name, what in (("before", "first date"), ("after", "second date")):
        parser.add_argument(
            name,
            metavar=f"{name.upper()}.mat[:VARIABLE]",
            help=f"file of the {what} and, where it holds several images, its variable",
        )
    parser.add_argument(
        "mask", nargs="?", metavar="MASK.mat[:VARIABLE]", help="the same of the labels"
    )
    for name in ("changed", "unchanged"):
        parser.add_argument(
            f"--{name}",
            nargs="+",
            type=int,
            metavar="N",
            help=f"values of {name} pixels in the mask, where it has not just 0 and another",
        )
    parser.add_argument(
        "--train-share",
        type=share,
        metavar="SHARE",
        help="also write label_train, with this share of each class's pixels, and label_test, "
        "with the others",
    )
    parser.add_argument(
        "--seed", type=whole_number(0), default=0, help="of that draw (default: %(default)s)"
    )
    parser.add_argument("--name", help="of the files (default: BEFORE's)")
    parser.add_argument("--out", type=folder_path, required=True, metavar="DIR")
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the files of a pair that is there, its masks included",
    )


def run(args: Namespace) -> None:
    """Writes the files, and says what is in them.

    Raises:
        OSError, ValueError: An array is missing, damaged or does not fit; the message says why.
    """
    from mmrsicc.datasets.band_file import write_bands
    from mmrsicc.datasets.matlab_file import find_array, read_array
    from mmrsicc.datasets.sparse_labels import mask_ids, training_part
    from mmrsicc.structures import IGNORED

    before, after = find_array(args.before, dims=3), find_array(args.after, dims=3)
    if before == after:
        raise ValueError(
            f"{before} is given for both dates: name the after image's file or variable"
        )
    if before.shape != after.shape:
        raise ValueError(f"{before} is {before.shape}, {after} {after.shape}: give equal ones")
    masks = {}
    if args.mask is not None:
        labels = find_array(args.mask, dims=2)
        if labels.shape != before.shape[:2]:
            raise ValueError(f"{labels} is {labels.shape}, {before} {before.shape}: they must fit")
        values = read_array(labels)
        masks["label"] = mask_ids(values, args.changed, args.unchanged, labels)
        if args.train_share is not None:
            parts = training_part(masks["label"], args.train_share, args.seed)
            masks["label_train"], masks["label_test"] = parts
    elif args.changed or args.unchanged or args.train_share:
        raise ValueError("--changed, --unchanged and --train-share are of a mask: give MASK.mat")
    name = args.name or before.path.stem
    if Path(name).name != name:
        raise ValueError(f"--name {name}: give a file's name without folders")
    files = {folder: args.out / folder / f"{name}.tif" for folder in FOLDERS}
    there = [file for file in files.values() if file.exists()]
    if there and not args.overwrite:
        raise ValueError(f"{there[0]} is there already: give --overwrite, or another --out")
    # One date at a time, since each may have gigabytes.
    for folder, date in (("A", before), ("B", after)):
        write_bands(files[folder], read_array(date))
    for folder, mask in masks.items():
        write_bands(files[folder], mask, nodata=IGNORED)
        unchanged, changed = (int((mask == value).sum()) for value in (0, 1))
        print(f"{files[folder]}\t{changed} pixels changed, {unchanged} unchanged")
    for file in there:
        if file.parent.name not in ("A", "B", *masks):
            file.unlink()
            print(f"{file}\tremoved: a mask of the pair that was there before")
    height, width, bands = before.shape
    print(f"{files['A']} and {files['B']}\t{width} x {height} pixels, {bands} bands")
