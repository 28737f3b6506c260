"""Log of captions on disk, from which an interrupted run continues.

``FILE.jsonl`` has a JSON line per pair. ``FILE.meta.json`` beside it says what the sentences
depend on, so that those of two models never stand in one file, and whether the run has finished.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mmrsicc import __version__
from mmrsicc.utils import atomic_path
from mmrsicc.utils.file_names import composed
from mmrsicc.utils.provenance import sha256
from mmrsicc.utils.text_files import parse_json, read_json, read_text

if TYPE_CHECKING:
    from mmrsicc.apis.inferencer import ChangeCaptionInferencer

Pair = tuple[Path, Path]

_ELSE = "remove it to start again, or choose another --out"


def captioning_facts(
    captioner: ChangeCaptionInferencer, checkpoint: str | Path, n_best: int
) -> dict[str, Any]:
    """Settings that a pair's sentences depend on besides its images, as plain values.

    Args:
        captioner: What captions.
        checkpoint: File of its weights.
        n_best: Sentences per pair.
    """
    cfg = captioner.model.cfg.to_dict()
    decoding = (cfg["model"].get("speaker") or {}).pop("decoding", None)
    parts = {"model": cfg["model"], "pipeline": cfg["test_dataloader"]["dataset"]["pipeline"]}
    text = json.dumps(parts, sort_keys=True, default=str)
    return {
        "mmrsicc": __version__,
        "checkpoint": sha256(checkpoint),
        "model": hashlib.sha256(text.encode()).hexdigest(),
        "decoding": json.loads(json.dumps(decoding, default=str)),
        "n_best": n_best,
    }


def places_digest(pairs: Iterable[Pair]) -> str:
    """Digest that distinguishes pairs of other files, or in another order."""
    places = [[str(place_of(path)) for path in pair] for pair in pairs]
    return hashlib.sha256(json.dumps(places).encode()).hexdigest()


def name_pairs(pairs: Sequence[Pair]) -> list[str]:
    """Unique names of pairs, independent of where the folders are.

    It is the second image's file name without suffix where that tells all pairs apart; else with
    its folders below the one that all share; else with its suffix; else with the first image's.

    Raises:
        ValueError: If a pair comes twice.
    """
    befores, afters = (_below_shared_folder([pair[date] for pair in pairs]) for date in (0, 1))
    ways = (
        [path.stem for path in afters],
        [str(path.with_suffix("")) for path in afters],
        [str(path) for path in afters],
        [f"{before} to {after}" for before, after in zip(befores, afters, strict=True)],
    )
    for names in ways:
        if len(set(names)) == len(names):
            return names
    before, after = next(pair for pair in pairs if list(pairs).count(pair) > 1)
    raise ValueError(f"the pair {before}, {after} comes twice: name it once")


def _below_shared_folder(paths: Sequence[Path]) -> list[PurePosixPath]:
    places = [place_of(path) for path in paths]
    shared = os.path.commonpath([place.parent for place in places])
    return [PurePosixPath(composed(place.relative_to(shared).as_posix())) for place in places]


def place_of(path: str | Path) -> Path:
    """Absolute path, without following links: the user sees the links' names."""
    return Path(os.path.normpath(Path(path).absolute()))


class CaptionLog:
    """A file of captions that grows with each pair; a context manager.

    Pairs that the file has already are kept, unless they could not be captioned or an image of
    theirs is newer than the file.

    Args:
        path: File to write, in ``.jsonl``.
        facts: From :func:`captioning_facts`.
        pairs: All pairs of this run by their names.

    Attributes:
        records: What the file holds of each pair, by name.

    Raises:
        ValueError: If the file is not such a one, is broken, or was written with other facts or of
            other pairs; it is left as it is.
    """

    def __init__(self, path: Path, facts: Mapping[str, Any], pairs: Mapping[str, Pair]) -> None:
        self._path = path
        self._beside = path.with_suffix(".meta.json")
        self._facts = dict(facts)
        self._pairs = pairs
        self.records: dict[str, dict[str, Any]] = {}
        if path.exists():
            self._check_facts()
            self._take_over()
        self._write_facts(finished=False)
        self._write_records(self.records)
        self._file = path.open("a", encoding="utf-8")

    def append(self, record: dict[str, Any]) -> None:
        """Writes the record of a pair, whose ``id`` is the pair's name."""
        self.records[record["id"]] = record
        self._file.write(_to_line(record))
        self._file.flush()

    def finish(self) -> None:
        """Sorts the pairs and marks the file as complete."""
        self._file.close()
        self._write_records([name for name in self._pairs if name in self.records])
        self._write_facts(finished=True)

    def __enter__(self) -> CaptionLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def _check_facts(self) -> None:
        """Raise ``ValueError`` unless the file was written as this run would write it."""
        if not self._beside.is_file():
            raise ValueError(
                f"{self._path} is there without its record, {self._beside.name}: {_ELSE}"
            )
        beside = read_json(self._beside)
        written = beside.get("captioned") if isinstance(beside, dict) else None
        if not isinstance(written, dict):
            raise ValueError(f"{self._path} was not written by mmrsicc caption: {_ELSE}")
        # What is read of the files is part of the model's pipeline.
        said = {"model": "model, or other --bands or --range"}
        other = [said.get(k, k) for k in self._facts if written.get(k) != self._facts[k]]
        if other:
            raise ValueError(f"{self._path} was written with another {', '.join(other)}: {_ELSE}")
        if beside.get("finished") and beside.get("results_sha256") != sha256(self._path):
            raise ValueError(f"{self._path} was changed after its run had finished: {_ELSE}")

    def _take_over(self) -> None:
        """Reads what the file holds; a last line that was cut off does not count."""
        written = self._path.stat().st_mtime
        whole, _, _ = read_text(self._path).rpartition("\n")
        for number, line in enumerate(whole.split("\n") if whole else [], start=1):
            where = f"{self._path}, line {number}"
            record = parse_json(line, where)
            if not _is_record(record):
                raise ValueError(f"{where} is not as mmrsicc caption writes it: {_ELSE}")
            if record["error"] is not None:
                continue  # It is captioned again, or was left out for its error.
            pair = self._pairs.get(record["id"])
            if pair is None or not _is_of(record, pair):
                raise ValueError(
                    f"{where}: {record['id']!r:.80} is not among the pairs of this run, or "
                    f"of other files: {_ELSE}"
                )
            if not is_newer(pair, written):
                self.records[record["id"]] = record

    def _write_facts(self, finished: bool) -> None:
        content = {"captioned": self._facts, "finished": finished}
        if finished:
            content["results_sha256"] = sha256(self._path)
        with atomic_path(self._beside) as path:
            path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def _write_records(self, names: Sequence[str] | Mapping[str, Any]) -> None:
        text = "".join(_to_line(self.records[name]) for name in names)
        with atomic_path(self._path) as path:
            path.write_text(text, encoding="utf-8")


def _to_line(record: Mapping[str, Any]) -> str:
    return json.dumps(record) + "\n"


def _is_record(record: Any) -> bool:
    """Whether a record has all fields that are read back."""
    if not isinstance(record, dict) or not {"id", "after", "error", "n_best"} <= record.keys():
        return False
    if not isinstance(record["id"], str) or not isinstance(record["error"], str | None):
        return False
    sentences = record["n_best"]
    return isinstance(sentences, list) and all(
        isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)
        for entry in sentences
    )


def _is_of(record: Mapping[str, Any], pair: Pair) -> bool:
    """Whether a record is about these two files."""
    told = (record.get("before"), record.get("after"))
    return all(
        isinstance(name, str) and place_of(name) == place_of(path)
        for name, path in zip(told, pair, strict=True)
    )


def is_newer(pair: Pair, time: float) -> bool:
    """Whether an image was written later; one that is out of reach was not."""
    return any(path.exists() and path.stat().st_mtime > time for path in pair)
