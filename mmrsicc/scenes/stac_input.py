"""STAC items as scenes: the file of an asset, and the day on which it was taken."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from mmrsicc.scenes.dates import is_day
from mmrsicc.utils.text_files import read_json

#: Where GDAL finds what an address leads to.
_SYSTEMS = {
    "https://": "/vsicurl/https://",
    "http://": "/vsicurl/http://",
    "s3://": "/vsis3/",
    "gs://": "/vsigs/",
    "az://": "/vsiaz/",
}

_SECONDS = 30


def is_item(name: str) -> bool:
    """Whether a name is that of an item, as ``item.json`` or ``item.json#ASSET``."""
    return name.partition("#")[0].lower().endswith((".json", ".geojson"))


def find_date(names: Sequence[str]) -> tuple[list[str], str | None]:
    """Files of one date from names of files and items, and the day of which the items tell.

    Raises:
        FileNotFoundError, ValueError: As :func:`read_item`.
    """
    found = [read_item(name) if is_item(name) else (name, None) for name in names]
    days = {day for _, day in found} - {None}
    return [file for file, _ in found], days.pop() if len(days) == 1 else None


def read_item(name: str) -> tuple[str, str | None]:
    """The file of an item's asset, and the item's day.

    Args:
        name: Path or address of an item; after a ``#`` the key of an asset. Without a key it is
            the asset ``visual``, by key or role, or else the only image.

    Returns:
        A name for GDAL, and the day as 2018-01-31; None where the item has none.

    Raises:
        FileNotFoundError: There is no such item.
        ValueError: It is no item, or has no such asset; names those that it has.
    """
    place, _, key = name.partition("#")
    place = place.removeprefix("/vsicurl/")
    item = _load(place)
    assets = item.get("assets") if isinstance(item, Mapping) else None
    if not isinstance(assets, Mapping) or item.get("type") != "Feature":
        kind = item.get("type") if isinstance(item, Mapping) else type(item).__name__
        raise ValueError(
            f"{place} is no STAC item but {kind!r:.40}: name one item (a Feature with assets), or "
            "an image"
        )
    asset = _chosen(assets, key, place)
    href = asset.get("href") if isinstance(asset, Mapping) else None
    if not isinstance(href, str) or not href:
        raise ValueError(f"{place}: the chosen asset has no href: name another as {place}#ASSET")
    return _for_gdal(href, place), _day(item.get("properties"))


def _load(place: str) -> Any:
    if not place.startswith(("http://", "https://")):
        if not Path(place).is_file():
            raise FileNotFoundError(f"no STAC item at {place}")
        return read_json(Path(place))
    try:
        with urllib.request.urlopen(place, timeout=_SECONDS) as answer:
            return json.load(answer)
    except (OSError, HTTPException) as error:
        raise FileNotFoundError(f"no STAC item at {place} ({error})") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{place} is no JSON ({error}): name the address of an item") from error


def _chosen(assets: Mapping[str, Any], key: str, place: str) -> Any:
    if key:
        found = [key] if key in assets else []
    else:
        visual = [name for name in assets if name == "visual" or "visual" in _roles(assets[name])]
        found = visual or [name for name in assets if _is_image(assets[name])]
    if len(found) != 1:
        said = f"no asset {key!r:.40}" if key else f"{len(found)} assets that may be meant"
        raise ValueError(
            f"{place} has {said}: name one as {place}#ASSET, of {', '.join(assets) or 'none'}"
        )
    return assets[found[0]]


def _roles(asset: Any) -> list[str]:
    roles = asset.get("roles") if isinstance(asset, Mapping) else None
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []


def _is_image(asset: Any) -> bool:
    """Whether an asset holds data in pixels; previews do not count."""
    told = isinstance(asset, Mapping) and str(asset.get("type") or "").startswith("image/")
    return told and not {"thumbnail", "overview"} & set(_roles(asset))


def _for_gdal(href: str, place: str) -> str:
    """An address, or a path that starts at the item, as GDAL takes it.

    Raises:
        ValueError: GDAL reads no such address, or an item from a server names a file on this disk.
    """
    remote = place.startswith(("http://", "https://"))
    if remote:
        href = urljoin(place, href)
    for start, system in _SYSTEMS.items():
        if href.startswith(start):
            return system + href.removeprefix(start)
    if href.startswith("file://") and not remote:
        return unquote(urlsplit(href).path)
    if remote or "://" in href:
        raise ValueError(
            f"{place}: the chosen asset lies at {href:.200}, which is not read from there: name "
            f"another as {place}#ASSET, or give the image itself"
        )
    if href.startswith("/vsi"):
        return href
    folder = Path(place).absolute().parent
    # By the standard href is an address, but many writers put a path there.
    paths = [os.path.normpath(folder / name) for name in (href, unquote(href))]
    return next(filter(os.path.exists, paths), paths[0])


def _day(properties: Any) -> str | None:
    if not isinstance(properties, Mapping):
        return None
    for name in ("datetime", "start_datetime"):
        day = str(properties.get(name) or "")[:10]
        if is_day(day):
            return day
    return None
