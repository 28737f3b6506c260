"""Fills in the card of the model that comes with the package, from its file and from scores of it.

python docs/en/model_card.py SCORES.json [SCORES.json ...]

``mmrsicc eval RESULTS.jsonl --intervals 2000 --out SCORES.json`` writes them, from the results of
``mmrsicc test``. Scores of another file than the shipped one are refused.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmrsicc.apis import get_model, input_size
from mmrsicc.apis.model_facts import model_facts
from mmrsicc.shipped import DEFAULT, default_model
from mmrsicc.utils import atomic_path
from mmrsicc.utils.checkpoint import read_checkpoint
from mmrsicc.utils.provenance import provenance_of, sha256

CARD = Path(__file__).parent / "user_guides" / "shipped_model.md"
END = "<!-- end -->"

COLUMNS = {
    "BLEU-4": "BLEU-4",
    "METEOR": "METEOR",
    "ROUGE-L": "ROUGE-L",
    "CIDEr-D": "CIDEr-D",
    "Sm": r"S\*m",
}
ROWS = {"": "all", "change/": "changed", "canonical/": "all, canonical no-change sentence"}


def facts_table(path: Path) -> str:
    """What the file is, and what it says of its training."""
    content = read_checkpoint(path)
    made, meta = provenance_of(content), content["meta"]
    facts, model = model_facts(path), get_model(DEFAULT)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    selection = made.get("selection") or {}
    size = input_size(model)
    rows = {
        "file": f"`mmrsicc/shipped/{path.name}`, {path.stat().st_size / 1e6:.2f} MB",
        "SHA-256": f"`{sha256(path)}`",
        "parameters": f"{parameters / 1e6:.2f} M, stored in half precision",
        "images": f"resized to {size} x {size} pixels",
        "ground sampling distance there": facts.gsd,
        "vocabulary, special entries included": len(model.speaker.tokenizer),
        "training": facts.training,
        "change detector trained on": made.get("change_detector_source"),
        "chosen": f"by {selection.get('score')} on split `{selection.get('split')}`",
        "seed, epoch": f"{made.get('seed')}, {meta.get('epoch')}",
        "decoding": (made.get("decoding") or {}).get("type"),
        "change decision": _decision(model),
        "versions": ", ".join(f"{k} {v}" for k, v in (made.get("versions") or {}).items()),
        "command": made.get("command") and f"`{made['command']}`",
    }
    return _table([["", ""], *([name, str(value)] for name, value in rows.items() if value)])


def _decision(model: Any) -> str | None:
    rule = model.speaker.decision
    return rule and ", ".join(f"{name} {value}" for name, value in vars(rule).items())


def score_tables(files: Mapping[str, Mapping[str, Any]], digest: str) -> str:
    """Scores with their 95 % intervals, a table for each file.

    Args:
        files: Content of ``mmrsicc eval --out``, by path.
        digest: SHA-256 of the model that they must be of.

    Raises:
        ValueError: If one has no intervals, or is of another model.
    """
    blocks = []
    for path, content in files.items():
        run = content.get("run") or {}
        if run.get("checkpoint_sha256") != digest:
            raise ValueError(
                f"{path} has scores of {run.get('checkpoint')}, not of the shipped file: run "
                "`mmrsicc test` with mmrsicc/shipped/*.pth, then `mmrsicc eval`"
            )
        if not content.get("intervals"):
            raise ValueError(f"{path} has no intervals: run `mmrsicc eval` with --intervals 2000")
        blocks += [_title(content), _scores(content)]
        blocks += [f"**Warning:** {warning}." for warning in run.get("warnings", ())]
    return "\n\n".join(blocks)


def _title(content: Mapping[str, Any]) -> str:
    data = content["run"]["data"]
    name = Path(str(data.get("data_root"))).name
    return f"`{name}`, split `{data.get('split')}`, {content['counts']['pairs']} pairs:"


def _scores(content: Mapping[str, Any]) -> str:
    def cell(name: str) -> str:
        if name not in content["scores"]:
            return ""
        low, high = content["intervals"][name]
        return f"{content['scores'][name]:.2f} [{low:.2f}, {high:.2f}]"

    rows = [["pairs", *COLUMNS.values(), "flag accuracy"]]
    for prefix, title in ROWS.items():
        cells = [cell(prefix + name) for name in COLUMNS]
        rows.append([title, *cells, "" if prefix else cell("flag_accuracy")])
    return _table(rows)


def _table(rows: list[list[str]]) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def filled(card: str, part: str, text: str) -> str:
    """The card with another text between the marks of a part.

    Raises:
        ValueError: If the card has no such part.
    """
    start = f"<!-- {part} -->"
    before, found, rest = card.partition(start)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"the card has no {start} ... {END}: put them back where {part} belong")
    return f"{before}{start}\n\n{text}\n\n{END}{after}"


def main(paths: list[str]) -> None:
    """Fills in the card.

    Raises:
        OSError, ValueError: There is no model, or the scores are not of it.
    """
    path = default_model()
    files = {name: json.loads(Path(name).read_text(encoding="utf-8")) for name in paths}
    card = filled(CARD.read_text(encoding="utf-8"), "facts", facts_table(path))
    card = filled(card, "scores", score_tables(files, sha256(path)))
    with atomic_path(CARD) as temporary:
        temporary.write_text(card, encoding="utf-8")


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    main(sys.argv[1:])
