"""Names of pairs: which pair of a split a sentence of a file is about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from mmrsicc.datasets.caption_file import CaptionRecord, parse_record, read_caption_file
from mmrsicc.datasets.image_suffixes import IMAGE_SUFFIXES
from mmrsicc.datasets.split_names import split_name
from mmrsicc.evaluation.files.sentence_files import Sentence
from mmrsicc.utils.file_names import composed


def pair_ids(
    sentences: Sequence[Sentence],
    pairs: Sequence[CaptionRecord],
    ann_file: str | Path,
    split: str,
) -> list[str]:
    """Pair id of every sentence.

    Names are a pair's id, its file name or a path that ends with it, with any image's suffix or
    none; the caption file's ``imgid``; or the place in the split, from "0" on. Sentences without
    names are in the split's order.

    Args:
        sentences: At least one.
        pairs: Of the split, in its order.
        ann_file: The caption file.
        split: The split.

    Raises:
        ValueError: If a name is unknown; if all names may be meant in two ways, which differ; or if
            sentences that only their order names are not exactly as many as the pairs, or begin
            with a name.
    """
    truth = f"split {split!r} of {ann_file}"
    by_name = {name: pair.pair_id for pair in pairs for name in (pair.pair_id, pair.filename)}
    by_place = {str(place): pair.pair_id for place, pair in enumerate(pairs)}
    ways = [by_name, _by_number(ann_file, split), by_place]
    if sentences[0].name is None:
        _check_bare(sentences, by_name)
        ways = [by_place]
    names = [str(i) if s.name is None else s.name for i, s in enumerate(sentences)]
    fitting = [way for way in ways if all(_find(name, way) for name in names)]
    known = next((way for way in fitting or ways if _find(names[0], way)), by_name)
    # A name with a suffix is no number, and numbers in another order than the places' no places.
    meant = [way for way in fitting if way is not by_place or names == [*by_place]]
    readings = {tuple(_find(name, way) for name in names) for way in meant}
    if len(readings) > 1 and all(name.isdecimal() for name in names):
        raise ValueError(
            f"{sentences[0].where}: the numbers {names[0]} to {names[-1]} may be names of pairs, "
            f"imgid or places in {truth}, which differ: give the names with their suffix"
        )
    if known is by_place and len(names) != len(pairs):
        raise ValueError(
            f"{sentences[0].where}: there are {len(names)} sentences that only their order names, "
            f"but {len(pairs)} pairs in {truth}: one left out shifts all that follow, so give all"
        )
    found = [_find(name, known) for name in names]
    unknown = [s for s, pair_id in zip(sentences, found, strict=True) if pair_id is None]
    if unknown:
        raise ValueError(
            f"{unknown[0].where}: no pair {unknown[0].name!r:.80} in {truth} ({len(unknown)} such "
            "names in all): check split and caption file"
        )
    return [pair_id for pair_id in found if pair_id is not None]


def _find(name: str, known: Mapping[str, str]) -> str | None:
    return next((known[form] for form in _forms(name) if form in known), None)


def _forms(name: str) -> Iterator[str]:
    """A name, its ends after each folder, and all of these without the suffix of an image."""
    name = composed(name).replace("\\", "/")
    while True:
        yield name
        path = PurePosixPath(name)
        if path.suffix.lower() in IMAGE_SUFFIXES and path.name:
            yield str(path.with_suffix(""))
        if "/" not in name:
            return
        name = name.partition("/")[2]


def _by_number(ann_file: str | Path, split: str) -> dict[str, str]:
    """Pair ids by ``imgid``, where the caption file has it."""
    numbers: dict[str, str] = {}
    for index, entry in enumerate(read_caption_file(ann_file)):
        record = parse_record(entry, index, ann_file)
        if record.split != split_name(split) or "imgid" not in entry:
            continue
        number = str(entry["imgid"])
        if numbers.setdefault(number, record.pair_id) != record.pair_id:
            return {}  # A form shared by several pairs identifies none of them.
    return numbers


def _check_bare(sentences: Sequence[Sentence], by_name: Mapping[str, str]) -> None:
    """Refuse lines that begin with the pair's name or their own number."""
    names = {name.lower() for name in by_name if not name.isdecimal()}
    firsts = [re.match(r"[^\s,;:|]*", sentence.caption)[0] for sentence in sentences]  # type: ignore[index]
    paths = [sentence.caption.partition(" ")[0].rstrip(",;:|") for sentence in sentences]
    for sentence, first, path in zip(sentences, firsts, paths, strict=True):
        if any(form in names for word in (first, path) for form in _forms(word)):
            raise ValueError(
                f"{sentence.where} begins with the name of a pair, {first!r:.80}: put one tab "
                "between name and sentence, on every line"
            )
    numbers = [first.rstrip(".)") for first in firsts]
    for start in (0, 1):
        if len(numbers) > 1 and numbers == [str(start + i) for i in range(len(numbers))]:
            raise ValueError(
                f"{sentences[0].where}: every line begins with its number: remove the numbers"
            )
