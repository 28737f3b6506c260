"""Models that come with the package: one file each, ``NAME.pth``, which needs no other.

``mmrsicc publish CHECKPOINT --out mmrsicc/shipped/dfm-small.pth`` puts one here; wheel and sdist
take every ``*.pth`` of this folder along. docs/en/user_guides/shipped_model.md is the model's card.
"""

from __future__ import annotations

from pathlib import Path

#: Name of the default model.
DEFAULT = "dfm-small"

#: Folder of the files.
FOLDER = Path(__file__).parent


def shipped_models() -> dict[str, Path]:
    """Checkpoint files by the names of their models."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.pth"))}


def default_model() -> Path:
    """Checkpoint file of the model that captions where none is named.

    Raises:
        FileNotFoundError: If this installation came without it.
    """
    path = FOLDER / f"{DEFAULT}.pth"
    if not path.is_file():
        raise FileNotFoundError(
            f"no model is named, and {DEFAULT} is not in this installation ({path}): name a "
            "checkpoint, or install mmrsicc again"
        )
    return path
