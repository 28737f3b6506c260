"""Public data sets that can be downloaded: where they are, how large, with which SHA-256."""

from __future__ import annotations

import json
import os
import urllib.request
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shutil import rmtree
from tempfile import mkdtemp

from mmrsicc.utils.files import leaves_folder


@dataclass(frozen=True)
class PublicFile:
    """A file on a public host.

    Attributes:
        name: Its name there.
        url: Its address.
        size: Its bytes; None: the server says it while it is downloaded.
        sha256: Its SHA-256; None: nobody tells it.
    """

    name: str
    url: str
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class PublicDataset:
    """A data set on Hugging Face or elsewhere.

    Attributes:
        title: What it is called.
        page: Where its terms stand.
        folder: Where its base config looks for it, in the folder of all data sets.
        licence: Its authors' terms in short; "not stated" where they say none.
        files: Its files, as far as they are known here.
        repository: On Hugging Face, as ``OWNER/NAME``: sizes and checksums that are not known here
            are asked there. None: all is known here.
        unpack: Whether its one file is an archive of the folder.
    """

    title: str
    page: str
    folder: str
    licence: str
    files: tuple[PublicFile, ...] = ()
    repository: str | None = None
    unpack: bool = False


_FOREST = (
    "https://huggingface.co/datasets/JimmyBrocko/Forest-Change/resolve/"
    "e8b25bf09c85ec85633d1b1b554f7bb23e47724d/Forest-Change-dataset.zip"
)
_SECOND = "https://zenodo.org/records/16937571/files/SECOND-CC-AUG.zip?download=1"

#: Data sets by the names that the command takes. LEVIR-CC itself and Dubai-CC have no host that a
#: program may fetch from; LEVIR-MCI holds all of LEVIR-CC.
PUBLIC_DATASETS = {
    "levir-mci": PublicDataset(
        "LEVIR-MCI: LEVIR-CC with change masks",
        "https://huggingface.co/datasets/lcybuaa/LEVIR-MCI",
        "LEVIR-MCI",
        "not stated; Google Earth imagery, for research",
        (PublicFile("LEVIR-MCI-dataset.zip", ""),),
        "lcybuaa/LEVIR-MCI",
        unpack=True,
    ),
    "second-cc": PublicDataset(
        "SECOND-CC with augmented pairs",
        "https://doi.org/10.5281/zenodo.16937571",
        "SECOND-CC-AUG",
        "CC BY 4.0",
        (
            PublicFile(
                "SECOND-CC-AUG.zip",
                _SECOND,
                2_539_187_782,
                "2c6743084aa588bd9004b96aac3debe32382f2ce7993ade0f25de11b5414dd83",
            ),
        ),
        unpack=True,
    ),
    "forest-change": PublicDataset(
        "Forest-Change",
        "https://huggingface.co/datasets/JimmyBrocko/Forest-Change",
        "Forest-Change-dataset",
        "MIT",
        (
            PublicFile(
                "Forest-Change-dataset.zip",
                _FOREST,
                23_559_661,
                "424931a075f00f8cf21d4d2f622df688de559494844df4876b59bde13d3d855d",
            ),
        ),
        unpack=True,
    ),
    "changechat-105k": PublicDataset(
        "Captions of ChangeChat-105k, without LEVIR-CC's images",
        "https://huggingface.co/datasets/hlwu/changechat-105k",
        "LEVIR-CC/changechat",
        "CC BY 4.0",
        (
            PublicFile("changechat_105k_train.json", ""),
            PublicFile("changechat_105k_test.json", ""),
        ),
        "hlwu/changechat-105k",
    ),
    "rs-cdc": PublicDataset(
        "WHU-CDC and LEVIR-CDC, as archives",
        "https://huggingface.co/datasets/hygge10111/RS-CDC",
        "RS-CDC",
        "not stated",
        (),
        "hygge10111/RS-CDC",
    ),
}


def public_files(dataset: PublicDataset) -> list[PublicFile]:
    """Files of a data set with addresses, sizes and checksums.

    Where these are not known here, they are those that Hugging Face tells at this moment: they find
    a broken download, not one that its authors replaced. ``HF_ENDPOINT`` names a mirror.

    Raises:
        OSError: If the host cannot be reached.
        ValueError: If it lacks a file, or its answer is no list of files.
    """
    if dataset.repository is None:
        return list(dataset.files)
    host = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    told = _told_by_hugging_face(host, dataset.repository)
    names = [file.name for file in dataset.files] or list(told)
    if missing := [name for name in names if name not in told]:
        raise ValueError(
            f"{dataset.page} has no {', '.join(missing)}: its files have other names now, download "
            "them by hand"
        )
    return [told[name] for name in names]


def _told_by_hugging_face(host: str, repository: str) -> dict[str, PublicFile]:
    """Files of a data set's repository by name."""
    address = f"{host}/api/datasets/{repository}/tree/main?recursive=true"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            entries = json.load(answer)
        found = {}
        for entry in entries:
            name = entry["path"]
            if entry["type"] != "file" or name in (".gitattributes", "README.md"):
                continue
            if leaves_folder(name):
                raise ValueError(f"{name!r} leads out of the folder")
            found[name] = PublicFile(
                name,
                f"{host}/datasets/{repository}/resolve/main/{name}",
                int(entry["size"]),
                entry.get("lfs", {}).get("oid"),
            )
    except OSError as error:
        raise OSError(f"{address} cannot be reached ({error}): look at the network") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{address} did not answer with a list of files ({error}): download them by hand"
        ) from error
    return found


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks a ZIP file to a folder that appears whole; its one top folder becomes that folder.

    Raises:
        ValueError: If the folder is there already, or the archive is damaged or has files that lead
            out of it.
    """
    if folder.exists():
        raise ValueError(f"{folder} is there already: remove it, or keep it and unpack by hand")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        with zipfile.ZipFile(archive) as content:
            names = [n for n in content.namelist() if not n.startswith("__MACOSX/")]
            if out := [name for name in names if leaves_folder(name)]:
                raise ValueError(f"{archive}: {out[0]!r} leads out of the folder: do not unpack it")
            content.extractall(temporary, names)
        tops = {PurePosixPath(name).parts[0] for name in names}
        top = temporary / tops.pop() if len(tops) == 1 else temporary
        if not top.is_dir():
            top = temporary
        top.chmod(0o755)
        top.replace(folder)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, IndexError) as error:
        raise ValueError(f"{archive} is damaged ({error}): remove it, download it again") from error
    finally:
        rmtree(temporary, ignore_errors=True)
