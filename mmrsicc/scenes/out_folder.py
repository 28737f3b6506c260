"""The folder that a run writes its maps into."""

from __future__ import annotations

from pathlib import Path

from mmrsicc.scenes.run_file import RUN_FILE
from mmrsicc.utils.text_files import read_json

#: Folder of the page's tiles.
TILES = "tiles"

#: All that a run may write, and an earlier one may have left.
_OUTPUTS = (
    *("changes.parquet", "changes.gpkg", "changes.qml", "changes.geojson"),
    *("mask.tif", "mask.qml", "report.html", "summary.json", "item.json", TILES, "parts"),
)


def check_out_folder(out: Path) -> None:
    """Checks that what a run writes, and removes of an earlier one, is of no one else.

    Raises:
        ValueError: A file of that name is there, and no run wrote into the folder; names it.
    """
    run = out / RUN_FILE
    if run.is_file():
        content = read_json(run)
        if isinstance(content, dict) and "digest" in content:
            return
    for name in (RUN_FILE, *_OUTPUTS):
        if (out / name).exists():
            raise ValueError(
                f"{out / name} is there, is not of an earlier run, and would be overwritten: "
                "choose another --out"
            )
