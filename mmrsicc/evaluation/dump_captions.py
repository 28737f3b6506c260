"""Predicted sentences as a file: one JSON line per pair."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.evaluation.records import PredictedCaption, sorted_pairs
from mmrsicc.registry import METRICS
from mmrsicc.utils import atomic_path


@METRICS.register_module()
class DumpCaptions(BaseMetric):
    """Write every pair's sentence to a file that :func:`read_captions` reads back.

    A line holds ``id``, ``caption``, ``score`` (the model's own, or null), ``references``, ``flag``
    (1, 0 or null) and ``predicted_flag`` (0 if the sentence is a no-change sentence, else 1). Lines
    are sorted by id. The file appears complete or not at all.

    Args:
        out_file: Path that ends in ``.jsonl``; its folder is made.
        collect_device: See MMEngine's ``BaseMetric``.

    Raises:
        ValueError: Another ending.
    """

    # Not None, or MMEngine warns at every start; there are no results to name.
    default_prefix = ""

    def __init__(self, out_file: str, collect_device: str = "cpu") -> None:
        super().__init__(collect_device=collect_device)
        self.out_file = Path(out_file)
        if self.out_file.suffix != ".jsonl":
            raise ValueError(f"out_file={out_file!r}: one JSON line per pair, end it in .jsonl")

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the sentences of a batch."""
        self.results.extend(PredictedCaption.from_sample(sample) for sample in data_samples)

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Write the file; there is nothing to report."""
        records = sorted_pairs(results)
        with atomic_path(self.out_file) as path:
            path.write_text("".join(map(_to_line, records)), encoding="utf-8")
        print_log(f"{len(records)} captions are in {self.out_file}", logger="current")
        return {}


def read_captions(path: str | os.PathLike[str]) -> list[PredictedCaption]:
    """Read a file of :class:`DumpCaptions`, or one of the same form.

    ``id``, ``caption`` and ``references`` must be there on each line; ``flag`` and ``score`` may.

    Raises:
        FileNotFoundError: No such file.
        ValueError: A broken line, with its number; an id that comes twice; no line at all.
    """
    records: dict[str, PredictedCaption] = {}
    with Path(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                record = _from_line(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error
            if record.pair_id in records:
                raise ValueError(f"{path}, line {number}: id {record.pair_id!r} comes twice")
            records[record.pair_id] = record
    if not records:
        raise ValueError(f"{path} is empty: write it with DumpCaptions")
    return list(records.values())


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


def _from_line(line: str) -> PredictedCaption:
    fields = json.loads(line)
    types = {"id": str, "caption": str, "references": list}
    for key, kind in types.items():
        if not isinstance(fields, dict) or not isinstance(fields.get(key), kind):
            raise ValueError(f"there must be {key!r} with a {kind.__name__}, got {line.strip()!r}")
    return PredictedCaption(
        pair_id=fields["id"],
        caption=fields["caption"],
        references=tuple(fields["references"]),
        flag=fields.get("flag"),
        score=fields.get("score"),
    )
