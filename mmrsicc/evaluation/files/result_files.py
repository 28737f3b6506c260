"""Files of predicted sentences, joined with their references."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrsicc.datasets.caption_file import read_split
from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.datasets.sentences import check_sentence
from mmrsicc.evaluation.files.pair_names import pair_ids
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.files.sentence_files import (
    numbered_lines,
    parse_line,
    read_sentences,
    read_text,
)
from mmrsicc.utils import atomic_path
from mmrsicc.utils.text_files import parse_json


@dataclass(frozen=True)
class Results:
    """Predicted sentences of a whole set.

    Attributes:
        records: One per pair, sorted by id.
        missing: Ids of pairs for which the file had no sentence; they count as empty ones.
    """

    records: list[PredictedCaption]
    missing: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """Number of pairs, of empty sentences among them, and of missing ones among those."""
        empty = sum(not record.caption.strip() for record in self.records)
        return {"pairs": len(self.records), "empty": empty, "missing": len(self.missing)}


def write_captions(records: Iterable[PredictedCaption], path: str | os.PathLike[str]) -> None:
    """Write one JSON line per pair, sorted by id, which :func:`read_captions` reads back.

    A line holds ``id``, ``caption``, ``score`` (the model's own, or null), ``references``, ``flag``
    (1, 0 or null) and ``predicted_flag`` (0 if the sentence is a no-change sentence, else 1). The
    file appears complete or not at all.
    """
    with atomic_path(path) as temporary:
        temporary.write_text("".join(map(_to_line, sorted_pairs(records))), encoding="utf-8")


def read_captions(path: str | os.PathLike[str]) -> list[PredictedCaption]:
    """Read a file of :func:`write_captions`, or one of the same form.

    ``id``, ``caption`` and ``references`` must be there on each line; ``flag`` and ``score`` may.

    Raises:
        FileNotFoundError: No such file.
        ValueError: A broken line, with its number; an id that comes twice; no line at all.
    """
    records: dict[str, PredictedCaption] = {}
    for where, line in numbered_lines(Path(path)):
        record = _from_line(line, where)
        if record.pair_id in records:
            raise ValueError(f"{where}: id {record.pair_id!r:.80} comes twice")
        records[record.pair_id] = record
    if not records:
        raise ValueError(f"{path} is empty: write it with DumpCaptions")
    return list(records.values())


def read_results(
    path: str | Path,
    ann_file: str | Path | None = None,
    split: str = "test",
    missing: str = "error",
    tokenized: bool = False,
) -> Results:
    """Read predicted sentences of any form that ``sentence_files.py`` knows.

    Args:
        path: The file, or folder.
        ann_file: Caption file that says which pairs there are and gives references and flags. Only
            our JSON lines hold these themselves, and are read without it.
        split: Split of the caption file.
        missing: ``error``, or ``empty``: a pair without a sentence counts as an empty sentence.
        tokenized: Scores will not heed capitals and full stops, so that they may differ.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: The files are broken or do not belong together: a pair without sentence, with
            two, or unknown.
    """
    if missing not in ("error", "empty"):
        raise ValueError(f"missing={missing!r}: choose error or empty")
    if ann_file is None:
        if Path(path).suffix != ".jsonl":
            raise ValueError(f"{path} holds no references: name the caption file (--ann-file)")
        records = read_captions(path)
        if not tokenized:
            _check_written_alike(records, path)
        return Results(sorted_pairs(records), [])
    pairs = read_split(ann_file, split)
    sentences = read_sentences(path)
    truth = f"split {split!r} of {ann_file}"
    captions: dict[str, str] = {}
    named = pair_ids(sentences, pairs, ann_file, split)
    for pair_id, sentence in zip(named, sentences, strict=True):
        if pair_id in captions:
            raise ValueError(
                f"{sentence.where}: pair {pair_id!r:.80} comes twice: keep its best sentence"
            )
        captions[pair_id] = sentence.caption
    absent = [pair.pair_id for pair in pairs if pair.pair_id not in captions]
    if absent and missing == "error":
        raise ValueError(
            f"{path} has no sentence for {len(absent)} of the {len(pairs)} pairs of {truth}, "
            f"such as {', '.join(absent[:3])}: add them, or count them as empty sentences "
            "(--missing empty)"
        )
    records = [
        PredictedCaption(
            pair.pair_id, captions.get(pair.pair_id, ""), pair.captions, pair.change_flag
        )
        for pair in pairs
    ]
    return Results(sorted_pairs(records), absent)


def read_run_record(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Run record beside a results file; None if there is none.

    Raises:
        ValueError: It is broken, or the results file is not the one that the run wrote: one that
            was cut short would be a smaller test set.
    """
    beside = Path(path).with_suffix(".meta.json")
    if Path(path).suffix != ".jsonl" or not beside.is_file():
        return None
    record = parse_json(read_text(beside), str(beside))
    if isinstance(record, dict) and record.get("finished") is False:
        raise ValueError(f"the run that writes {path} has not finished: start it again to continue")
    if not _is_record(record):
        raise ValueError(
            f"{beside} is no record as mmrsicc test writes it (scores, metrics and warnings): run "
            "the test again, or remove it"
        )
    written = record.get("results_sha256")
    if written is not None and written != sha256_of_results(path):
        raise ValueError(
            f"{path} is not as the run left it ({beside}): copy it again whole, or "
            "rename it if it was changed on purpose"
        )
    return record


#: Schema of a run record: keys of dicts, items of lists, types of values.
_FORM: dict[str, Any] = {
    "metrics": [
        {
            "type": str,
            "scorers": [str],
            **dict.fromkeys(("protocol", "vocabulary", "ann_file", "meteor", "events"), str),
        }
    ],
    "warnings": [str],
    "scores": {},
    "tested": {},
    "trained": {"training": {}, "tokenizer": {"words": [str]}},
}


def _is_record(record: Any) -> bool:
    """Whether a record has the form that its readers expect; what it says is data."""
    if not isinstance(record, dict) or not _fits(record, _FORM):
        return False
    scores = (record.get("scores") or {}).values()
    known = all(
        metric and "type" in metric and metric.get("meteor") in (None, "python", "java")
        for metric in record.get("metrics") or ()
    )
    return known and all(isinstance(score, int | float | None) for score in scores)


def _fits(value: Any, form: Any) -> bool:
    if value is None:
        return True
    if isinstance(form, dict):
        return isinstance(value, dict) and all(_fits(value.get(k), f) for k, f in form.items())
    if isinstance(form, list):
        return isinstance(value, list) and all(_fits(item, form[0]) for item in value)
    return isinstance(value, form)


def sha256_of_results(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's bytes, or of those of all caption files of a folder."""
    path = Path(path)
    files = sorted(path.glob("[!.]*_cap.txt")) if path.is_dir() else [path]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _check_written_alike(records: Sequence[PredictedCaption], path: str | Path) -> None:
    """Refuse sentences whose words can never be those of the references.

    Raises:
        ValueError: Capitals or final full stops stand in a caption and in no reference, or in most
            references and in no caption.
    """
    captions = [record.caption for record in records if record.caption.strip()]
    references = [text for record in records for text in record.references]
    for what, has in (("capitals", _has_capital), ("final full stops", _ends_in_full_stop)):
        said, wanted = list(filter(has, captions)), list(filter(has, references))
        if said and not wanted:
            odd = f"captions have {what} ({said[0]!r:.60}), references have none"
        elif captions and not said and len(wanted) > len(references) / 2:
            odd = f"references have {what} ({wanted[0]!r:.60}), captions have none"
        else:
            continue
        raise ValueError(
            f"{path}: {odd}, so equal words would count as different: write both alike, or name "
            "the caption file (--ann-file)"
        )


def _has_capital(text: str) -> bool:
    return text != text.lower()


def _ends_in_full_stop(text: str) -> bool:
    return text.rstrip().endswith(".")


def _to_line(record: PredictedCaption) -> str:
    fields = {
        "id": record.pair_id,
        "caption": record.caption,
        "score": record.score,
        "references": record.references,
        "flag": record.flag,
        "predicted_flag": int(not is_no_change(record.caption)),
    }
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _from_line(line: str, where: str) -> PredictedCaption:
    fields = parse_line(line, where)
    references = fields.get("references")
    if not isinstance(references, list):
        raise ValueError(
            f"{where}: there must be 'references' with a list, or a caption file that has them "
            f"(--ann-file); got {line!r:.200}"
        )
    if not all(isinstance(text, str) and text.strip() for text in references):
        raise ValueError(
            f"{where}: 'references' must be sentences, none empty; got {references!r:.200}"
        )
    score = fields.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise ValueError(f"{where}: 'score' is {score!r:.80}: give a number, or leave it out")
    flag = fields.get("flag")
    try:
        for text in (fields["caption"], *references):
            check_sentence(text)
        return PredictedCaption(
            pair_id=fields["id"],
            caption=fields["caption"],
            references=tuple(references),
            # Tables with gaps write 1.0.
            flag=int(flag) if isinstance(flag, float) and flag in (0, 1) else flag,
            score=score,
        )
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
