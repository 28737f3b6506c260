"""Shared arguments of the commands that read files of predicted sentences."""

import argparse
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrsicc.evaluation.files.records import PredictedCaption
from mmrsicc.evaluation.files.result_files import Results, read_results, sha256_of_results
from mmrsicc.evaluation.scores.caption_scores import SCORERS
from mmrsicc.evaluation.scores.protocols import Protocol, build_protocol
from mmrsicc.utils.counts import counted
from mmrsicc.utils.files import check_unused

#: Default scoring, where neither the arguments nor the run say how.
DEFAULTS: dict[str, Any] = {
    "scorers": list(SCORERS),
    "protocol": "word",
    "vocabulary": None,
    "ann_file": None,
    "meteor": "python",
}


def results_from(args: argparse.Namespace, path: str, scoring: Mapping[str, Any]) -> Results:
    """The sentences of a file, with the arguments' references, for a scoring.

    Raises:
        FileNotFoundError, ValueError: As
            :func:`~mmrsicc.evaluation.files.result_files.read_results`; and arguments that
            nothing would heed.
    """
    if args.ann_file is None and (args.split or args.missing):
        raise ValueError("--split and --missing need --ann-file: give it, or leave them out")
    return read_results(
        path,
        args.ann_file,
        args.split or "test",
        args.missing or "error",
        tokenized=scoring["protocol"] == "ptb",
    )


def scoring_of(
    args: argparse.Namespace, runs: Sequence[Mapping[str, Any] | None]
) -> dict[str, Any]:
    """Scoring of files: by the arguments, else as their runs did, else by :data:`DEFAULTS`.

    It is said on the screen where the runs decide.

    Args:
        args: Those of :func:`~mmrsicc.cli.arguments.add_scoring_arguments`; ``meteor`` may be
            among them.
        runs: What stands beside each file, see
            :func:`~mmrsicc.evaluation.files.result_files.read_run_record`.

    Raises:
        ValueError: The runs were scored in different ways, and the arguments do not say how.
    """
    scorings = [_scoring_of_one(args, run) for run in runs]
    if any(scoring != scorings[0] for scoring in scorings):
        raise ValueError(
            "the runs were not scored in one way: give --protocol, --scorers and, where there is "
            "one, --meteor"
        )
    if scorings[0] != _scoring_of_one(args, None):
        said = ", ".join(f"{name} {value}" for name, value in scorings[0].items() if value)
        print(f"scored as the run was: {said}")
    return scorings[0]


def _scoring_of_one(args: argparse.Namespace, run: Mapping[str, Any] | None) -> dict[str, Any]:
    metrics = (run or {}).get("metrics", [])
    metric: Mapping[str, Any] = next(
        (m for m in metrics if "ChangeCaptionMetric" in str(m["type"])), {}
    )
    given = {name: value for name in DEFAULTS if (value := getattr(args, name, None)) is not None}
    recorded = {name: metric[name] for name in DEFAULTS if name in metric}
    if unknown := sorted({str(name) for name in recorded.get("scorers", ())} - {*SCORERS}):
        raise ValueError(
            f"a run was scored by {unknown[0]!r:.80}: give --scorers from {[*SCORERS]}"
        )
    if "protocol" in given:  # The vocabulary belongs to the protocol.
        recorded = {n: v for n, v in recorded.items() if n not in ("vocabulary", "ann_file")}
    return DEFAULTS | recorded | given


def protocol_of(scoring: Mapping[str, Any]) -> Protocol:
    """The protocol of :func:`scoring_of`."""
    return build_protocol(scoring["protocol"], scoring["vocabulary"], scoring["ann_file"])


def split_of(args: argparse.Namespace) -> str | None:
    """The split that sentences were measured against; None without a caption file."""
    return (args.split or "test") if args.ann_file else None


def check_distinct_runs(paths: Sequence[str]) -> None:
    """Refuse one file given as two runs of a system: that would hide how much runs differ."""
    seen: dict[str, str] = {}
    for path in paths:
        marks = str(Path(path).resolve()), sha256_of_results(path)
        for mark in marks:
            if mark in seen:
                raise ValueError(f"{path} is the same run as {seen[mark]}: give each run once")
        seen |= dict.fromkeys(marks, path)


def check_same_pairs(
    first: Sequence[PredictedCaption],
    other: Sequence[PredictedCaption],
    files: str = "both files",
) -> None:
    """Refuse two files, which the message calls ``files``, not measured against the same."""
    mine, theirs = ({r.pair_id: (r.references, r.flag) for r in side} for side in (first, other))
    if mine != theirs:
        odd = sorted(p for p in mine.keys() | theirs.keys() if mine.get(p) != theirs.get(p))
        raise ValueError(
            f"{counted(len(odd), 'pair')} not in {files} with the same references and flag, "
            f"such as {odd[0]!r}: compare systems on one test set, for instance with --ann-file"
        )


def check_writable(path: str | Path | None, args: argparse.Namespace | None = None) -> None:
    """Raises an error before any work if the result cannot be written.

    Args:
        path: File of the result; None: there is none.
        args: Of the command: the file is none of those that its other arguments name.

    Raises:
        OSError: The path is a folder, or nothing can be written where it lies.
        ValueError: The command uses the file.
    """
    if path is None:
        return
    if args is not None:
        check_unused(Path(path), _names([v for v in vars(args).values() if v is not path]))
    if Path(path).is_dir():
        raise IsADirectoryError(f"{path} is a folder: name a file in it")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=Path(path).parent):
            pass
    except OSError as error:  # It names the temporary file.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _names(values: Iterable[Any]) -> Iterator[str | Path]:
    """Texts and paths among the values of arguments, those in lists included."""
    for value in values:
        if isinstance(value, (str, Path)):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _names(value)
