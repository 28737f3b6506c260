"""Files of the pairs of a change detection data set."""

import glob
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmrsicc.datasets.image_suffixes import IMAGE_SUFFIXES
from mmrsicc.utils.counts import counted
from mmrsicc.utils.file_names import composed, on_disk, spellings
from mmrsicc.utils.files import leaves_folder
from mmrsicc.utils.text_files import read_text

#: Suffixes of images that are not read; a warning lists files with them.
_UNREAD_SUFFIXES = frozenset(
    {".avif", ".heic", ".heif", ".jxl", ".jpf", ".j2k", ".img", ".vrt", ".ecw", ".sid", ".psd"}
    | {".tga", ".nc", ".hdf", ".h5", ".dng", ".raw", ".npy"}
)


def is_image_name(path: Path) -> bool:
    """Whether a file is an image by its name; hidden ones, as macOS writes ``._x.png``, are not."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def images_in(folder: Path) -> list[Path]:
    """Images of a folder, sorted; warns of images that cannot be read and are left out."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    unread = [
        path.name
        for path in files
        if path.suffix.lower() in _UNREAD_SUFFIXES and not path.name.startswith(".")
    ]
    if unread:
        warnings.warn(
            f"{folder}: {counted(len(unread), 'file')} left out, the first: {unread[0]}: convert "
            "them to PNG, JPEG or TIFF",
            stacklevel=2,
        )
    return [path for path in files if is_image_name(path)]


def find_images(root: Path, place: str, names: Sequence[str] | None = None) -> dict[str, Path]:
    """Images of one kind (first date, second date or masks) by the name of their pair.

    Args:
        root: Folder of the data set.
        place: Folder in it whose files are called like the pairs; or a path with ``{}`` for the
            name of the pair, without suffix, such as ``{}/pair/img1``.
        names: Names of the pairs; None: of all files in the folder. Those that have no image are
            left out of the result.

    Raises:
        FileNotFoundError: If the folder is missing or holds no image.
        ValueError: If ``place`` has ``{}`` and there are no names; if a pair has two images.
    """
    if "{}" not in place:
        found = images_by_stem(root / place)
        return found if names is None else {n: found[n] for n in names if n in found}
    if names is None:
        raise ValueError(f"{place!r} needs the names of the pairs: give pairs, a list or a file")
    images: dict[str, Path] = {}
    for name in names:
        path = root / place.replace("{}", name)
        folder, own = on_disk(path.parent), composed(path.name)
        patterns = [f"{glob.escape(spelling)}.*" for spelling in spellings(own)]
        for candidate in sorted(file for pattern in patterns for file in folder.glob(pattern)):
            if composed(candidate.stem) == own and is_image_name(candidate):
                _check_single(images.get(name), candidate)
                images[name] = candidate
    return images


def images_by_stem(folder: Path) -> dict[str, Path]:
    """Images of a folder by file name without extension, sorted.

    Raises:
        FileNotFoundError: If the folder is missing or holds no image.
        ValueError: If two images have one name, such as ``a.png`` and ``a.jpg``.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}: check data_root and the names of its folders")
    found: dict[str, Path] = {}
    for path in images_in(folder):
        stem = composed(path.stem)
        _check_single(found.get(stem), path)
        found[stem] = path
    if not found:
        raise FileNotFoundError(f"no image in {folder}: expected {sorted(IMAGE_SUFFIXES)}")
    return found


def read_names(root: Path, pairs: str | Sequence[str] | None) -> list[str] | None:
    """Names of pairs without the suffixes of images.

    Args:
        root: Folder of the data set.
        pairs: The names themselves; a text file below ``root`` that lists them, on lines or with
            commas between them; or None, which stays None.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is empty, in an unknown encoding, or names a pair twice or out of the
            folder.
    """
    if pairs is None:
        return None
    if isinstance(pairs, str):
        source = root / pairs
        if not source.is_file():
            raise FileNotFoundError(f"no list of pairs at {source}: check data_root and pairs")
        listed = re.split(r"[,\n]", read_text(source))
    else:
        source, listed = root, list(pairs)
    names = [composed(_without_suffix(name.strip())) for name in listed if name.strip()]
    if not names:
        raise ValueError(f"the list of pairs of {source} is empty: name one pair at least")
    if outside := [name for name in names if leaves_folder(name)]:
        raise ValueError(
            f"the list of pairs of {source} has {outside[0]!r:.80}, which leads out of {root}: "
            "name files below it"
        )
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"the list of pairs of {source} has {twice[:3]} twice: name each once")
    return names


def incomplete(
    files: Mapping[str, Mapping[str, Path]], names: Sequence[str] | None = None
) -> dict[str, list[str]]:
    """Names that have no image in a place, by the place; only places that lack some.

    Args:
        files: Images by name, by the place where they are.
        names: Those expected; None: all that any place has.
    """
    expected = sorted(set().union(*files.values())) if names is None else names
    lacking = {place: [n for n in expected if n not in found] for place, found in files.items()}
    return {place: missing for place, missing in lacking.items() if missing}


def _check_single(known: Path | None, path: Path) -> None:
    if known is not None:
        raise ValueError(
            f"{known} and {path.name} are two images of one name: keep the one that is meant"
        )


def _without_suffix(name: str) -> str:
    """Name of a pair; only suffixes of images go, since names may have dots."""
    path = Path(name)
    return str(path.with_suffix("")) if path.suffix.lower() in IMAGE_SUFFIXES else name
