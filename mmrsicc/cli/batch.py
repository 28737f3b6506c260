"""``mmrsicc batch``: maps of many pairs of scenes; the models are loaded once.

TABLE is a CSV or TSV file with the columns before and after, and, if there are such, name,
date_before and date_after. Several files of a date, one per band, have blanks between them; the
name of a single one may have blanks. A STAC item, as ITEM.json or ITEM.json#ASSET, stands for the
file of its asset.

Examples:
    mmrsicc batch scenes.csv --detector detector.pth --out maps
    mmrsicc batch scenes.csv --out maps --shard $SLURM_ARRAY_TASK_ID/100
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from mmrsicc.cli.arguments import MODEL_HELP, folder_path, shard, split_model
from mmrsicc.cli.scene import scene_runner
from mmrsicc.cli.scene_arguments import add_scene_arguments

HELP = "say what changed in many pairs of scenes, named in a table"


#: Placeholder for a missing date, for the check of the other one.
_DAY = "2000-01-01"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds model, table, and how scenes are read and cut."""
    parser.usage = "%(prog)s [MODEL [CHECKPOINT]] TABLE --out DIR [options]"
    parser.add_argument(
        "words",
        nargs="+",
        metavar="[MODEL [CHECKPOINT]] TABLE",
        help=f"{MODEL_HELP}TABLE: see below",
    )
    parser.add_argument(
        "--out",
        required=True,
        type=folder_path,
        metavar="DIR",
        help="a folder per scene is written there",
    )
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help="folder above all files of the table, where its paths start (default: the table's); "
        "/ takes any, also names such as /vsicurl/...",
    )
    parser.add_argument(
        "--shard", type=shard, metavar="I/N", help="do the I-th of N shares of the rows"
    )
    add_scene_arguments(parser)


def run(args: Namespace) -> None:
    """Writes the maps, and prints a line per scene.

    Raises:
        OSError, ValueError: The table or a model cannot be used; the message says why.
        SystemExit: Some scenes cannot be used; they are named once the others are done.
    """
    from mmrsicc.cli.errors import in_words
    from mmrsicc.utils.counts import counted

    with redirect_stdout(sys.stderr):
        *models, table = args.words
        model, checkpoint, _ = split_model(models, dates=False, images="TABLE")
        number, shards = args.shard or (1, 1)
        root = args.root or Path(table).parent
        rows = _rows(Path(table), root)[number - 1 :: shards]
        caption = scene_runner(model, checkpoint, args)
    faults = []
    for row in rows:
        try:
            with redirect_stdout(sys.stderr):
                before, after, dates = row.found(root)
                outcome = caption(before, after, args.out / row.name, dates=dates)
        except Exception as error:
            # Such as a full GPU: whatever it is, the other scenes are done.
            if args.debug:
                raise
            faults.append(f"{row.name}: {in_words(error)}")
            continue
        assert outcome is not None, "no share of the blocks was asked for"
        objects = counted(len(outcome.objects), "object")
        print(f"{row.name}\t{objects}, {outcome.changed_objects} of them changed", flush=True)
    if faults:
        broken = "\n  ".join(faults)
        raise SystemExit(f"{len(faults)} of {len(rows)} scenes could not be captioned: {broken}")


@dataclass(frozen=True)
class _Row:
    """A scene of a table: its place there and its name, inputs of both dates, and days."""

    where: str
    name: str
    before: list[str]
    after: list[str]
    days: tuple[str | None, str | None]

    def found(self, root: Path) -> tuple[list[str], list[str], tuple[str | None, str | None]]:
        """Files of both dates and their days, those of STAC items, too.

        Raises:
            OSError, ValueError: An item cannot be used; names the line.
        """
        before, first_day = _date(self.before, root, self.where)
        after, second_day = _date(self.after, root, self.where)
        return before, after, (self.days[0] or first_day, self.days[1] or second_day)


def _rows(table: Path, root: Path) -> list[_Row]:
    """The scenes of a table; no item of a scene with a name is opened yet.

    Raises:
        FileNotFoundError, ValueError: The table cannot be used; names its line.
    """
    from mmrsicc.scenes.dates import check_days
    from mmrsicc.utils.files import leaves_folder
    from mmrsicc.utils.table_files import read_table_file

    rows: dict[str, _Row] = {}
    for where, row in read_table_file(table, ("before", "after")).rows:
        if not (row["before"].strip() and row["after"].strip()):
            raise ValueError(f"{where}: before or after is empty: name both scenes")
        before, after = (_inputs(row[date].strip(), root, where) for date in ("before", "after"))
        # Without a name an item is opened now, for the name of its asset.
        name = row.get("name") or Path(_date(after, root, where)[0][0]).stem
        folder = os.path.normpath(name)
        if leaves_folder(name) or folder == "." or folder in rows:
            raise ValueError(
                f"{where}: the name {name!r:.80} is used above or is no folder name: give another"
            )
        days = row.get("date_before") or None, row.get("date_after") or None
        try:
            check_days(days[0] or days[1] or _DAY, days[1] or days[0] or _DAY)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        rows[folder] = _Row(where, folder, before, after, days)
    return list(rows.values())


def _inputs(text: str, root: Path, where: str) -> list[str]:
    """Files or items of a date, below the root.

    Blanks stand between names, unless the whole text is that of a file or an item's asset.
    """
    from mmrsicc.utils.file_names import exists

    whole = any(exists(root / name) for name in (text, text.rpartition("#")[0]) if name)
    return [_file(name, root, where) for name in ([text] if whole else text.split())]


def _date(inputs: list[str], root: Path, where: str) -> tuple[list[str], str | None]:
    """Files of a date, and its day where STAC items tell; their assets, too, lie below the root.

    Raises:
        FileNotFoundError, ValueError: An item cannot be used; names the line.
    """
    from mmrsicc.scenes.stac_input import find_date, is_item

    if not any(map(is_item, inputs)):
        return inputs, None
    try:
        files, day = find_date(inputs)
    except (OSError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from error
    paths = [file if file.startswith("/vsi") else str(Path(file).absolute()) for file in files]
    return [_file(path, root, where) for path in paths], day


def _file(name: str, root: Path, where: str) -> str:
    """File name from a table, as GDAL reads it."""
    from mmrsicc.apis.pair_inputs import inside

    trusted = root == Path("/")
    return name if trusted and name.startswith("/vsi") else str(inside(root, name, where))
