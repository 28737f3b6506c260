"""Run record as a part of a report's page."""

import json
from collections.abc import Mapping
from typing import Any

from mmrsicc.evaluation.report.findings import Findings
from mmrsicc.evaluation.report.html import folded, note, section, small, table, text, warning

#: Run record that ``mmrsicc test`` writes beside a results file.
Record = Mapping[str, Any]


def record_section(record: Record | None, findings: Findings) -> str:
    """The most important facts, and the whole record below them."""
    if record is None:
        missing = "No results record (FILE.meta.json) lies beside the results: what they rest on"
        return section("record", "Results record", [note(f"{missing} is not known here.")])
    rows = [[name, _shown(value)] for name, value in _facts(record).items()]
    whole = json.dumps(_without_words(record), indent=2, ensure_ascii=False)
    parts = [
        _disagreement(record, findings),
        table("What the scores rest on", ["", ""], rows, words=True),
        folded("All of it", whole),
    ]
    return section("record", "Results record", [part for part in parts if part])


def warnings_box(record: Record | None) -> str:
    """Warnings of the run's own record."""
    warnings = (record or {}).get("warnings") or []
    return "".join(map(warning, warnings))


def _facts(record: Record) -> dict[str, Any]:
    tested, trained = record.get("tested") or {}, record.get("trained") or {}
    metrics = record.get("metrics") or []
    training = trained.get("training") or {}
    words = (trained.get("tokenizer") or {}).get("words")
    return {
        "protocol": [m["protocol"] for m in metrics if "protocol" in m] or None,
        "vocabulary": trained.get("vocabulary"),
        "words in it": None if words is None else len(words),
        "decoding": tested.get("decoding"),
        "no-change policy of the training": training.get("no_change_policy"),
        "checkpoint chosen on": trained.get("selection"),
        "scored on": record.get("data"),
        "seed of the training": trained.get("seed"),
        "seed of the test": tested.get("seed"),
        "checkpoint": record.get("checkpoint"),
        "its SHA-256": record.get("checkpoint_sha256"),
        "command of the training": trained.get("command"),
        "command of the test": tested.get("command"),
        "versions": tested.get("versions"),
    }


def _shown(value: Any) -> str:
    if value is None:
        return small("not recorded")
    if isinstance(value, Mapping):
        return ", ".join(f"{text(k)} {text(v)}" for k, v in value.items() if v is not None)
    if isinstance(value, list):
        return ", ".join(map(text, value))
    return text(value)


def _disagreement(record: Record, findings: Findings) -> str:
    """A warning if the record does not match the results file."""
    scores = record.get("scores") or {}
    for name in ("BLEU-4", "CIDEr-D", "ROUGE-L"):
        theirs, ours = scores.get(name), findings.scores.get(name)
        if theirs is not None and ours is not None and abs(theirs - ours) > 1e-6:
            said = f"The record says {name} {theirs:.4f}, here these sentences score {ours:.4f}: "
            why = "another protocol, other references, or the record of another file."
            return warning(said + why)
    return ""


def _without_words(record: Record) -> dict[str, Any]:
    """The record without its longest lists; the scores stand above."""
    kept = {key: value for key, value in record.items() if key != "scores"}
    trained = dict(kept.get("trained") or {})
    trained.pop("tokenizer", None)
    return {**kept, "trained": trained}
