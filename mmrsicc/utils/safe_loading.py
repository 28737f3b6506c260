"""MMEngine's loading of checkpoints, made safe: ``load_from``, ``resume`` and ``init_cfg``.

MMEngine reads a file in full, foreign code included, where it cannot be read as weights alone.
Importing this module, as :mod:`mmrsicc.models` does, puts loaders of our own in the place of
MMEngine's for every scheme: they fetch a file where need be, and read it with
:func:`mmrsicc.utils.checkpoint.read_weights`. The names used here are the same in MMEngine 0.10.7
and in OneDL's builds.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from mmengine.dist import barrier, is_main_process
from mmengine.runner import CheckpointLoader
from mmengine.runner.checkpoint import (
    get_deprecated_model_names,
    get_external_models,
    get_mmcls_models,
    get_torchvision_models,
)

from mmrsicc.utils.checkpoint import read_weights


def download(url: str, check_hash: bool = False) -> Path:
    """The file behind an address, in PyTorch's cache; fetched once, by the first process.

    Args:
        url: Begins with ``http://`` or ``https://``.
        check_hash: Whether the file's name ends with the first digits of its SHA-256, as
            torchvision's do; a file that was fetched otherwise is refused.

    Raises:
        OSError: If it cannot be fetched.
        ValueError: If the address names no file, or its hash is another.
    """
    name = Path(urlparse(url).path).name
    if not name:
        raise ValueError(f"{url} names no file: give the address of a checkpoint")
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    if not check_hash:  # Many are called model.pth; a hash in the name distinguishes them.
        folder /= hashlib.sha256(url.encode()).hexdigest()[:16]
    target = folder / name
    try:
        if is_main_process():
            _fetch(url, target, check_hash)
    finally:
        barrier()
    _fetch(url, target, check_hash)  # Another machine may not share the folder.
    return target


def _fetch(url: str, target: Path, check_hash: bool) -> None:
    if target.is_file():
        return
    digits = target.stem.rpartition("-")[2] if check_hash else None
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.hub.download_url_to_file(url, str(target), digits)
    except OSError as error:
        raise OSError(
            f"{url} cannot be downloaded ({error}): get that file, and name it instead"
        ) from error
    except RuntimeError as error:  # The hash differs.
        raise ValueError(
            f"{url} is not as it was published ({error}): download it again"
        ) from error


@CheckpointLoader.register_scheme(prefixes="", force=True)
def load_from_local(filename: str, map_location: Any = None) -> Any:
    """A local file."""
    return _read(Path(filename).expanduser(), map_location)


@CheckpointLoader.register_scheme(prefixes=("http://", "https://"), force=True)
def load_from_http(filename: str, map_location: Any = None) -> Any:
    """A file behind an address."""
    return _read(download(filename), map_location)


@CheckpointLoader.register_scheme(prefixes=("torchvision://", "modelzoo://"), force=True)
def load_from_torchvision(filename: str, map_location: Any = None) -> Any:
    """A model of torchvision by its name."""
    url = _look_up(filename, get_torchvision_models())
    return _read(download(url, check_hash=True), map_location)


@CheckpointLoader.register_scheme(prefixes=("open-mmlab://", "openmmlab://"), force=True)
def load_from_openmmlab(filename: str, map_location: Any = None) -> Any:
    """A model of MMEngine's list, by its name, also by a former one."""
    scheme, _, name = filename.partition("://")
    current = get_deprecated_model_names().get(name, name)
    return load_from_http(_look_up(f"{scheme}://{current}", get_external_models()), map_location)


@CheckpointLoader.register_scheme(prefixes="mmcls://", force=True)
def load_from_mmcls(filename: str, map_location: Any = None) -> dict[str, Any]:
    """The backbone of a classifier of MMEngine's list."""
    content = load_from_http(_look_up(filename, get_mmcls_models()), map_location)
    weights = content.get("state_dict", content).items()
    kept = {k.removeprefix("backbone."): v for k, v in weights if k.startswith("backbone.")}
    return {"state_dict": kept}


@CheckpointLoader.register_scheme(
    prefixes=("pavi://", r"(\S+\:)?s3://", r"(\S+\:)?petrel://"), force=True
)
def load_from_store(filename: str, map_location: Any = None) -> Any:
    """Stores that MMEngine reads from; never tried here.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"{filename} is in a store that is not read from: copy it, and name the file")


def _read(path: Path, map_location: Any) -> Any:
    """A checkpoint without the config that MMEngine's runner would run when it resumes."""
    content = read_weights(path, map_location)
    if isinstance(content, dict) and isinstance(content.get("meta"), dict):
        content["meta"].pop("config", None)
    return content


def _look_up(filename: str, addresses: dict[str, str]) -> str:
    name = filename.partition("://")[2]
    if name not in addresses:
        raise ValueError(f"{filename} is no known model: name a file or an address of one")
    return addresses[name]
