"""Times the scores of mmrsicc against those of pycocoevalcap, side by side in one process.

Both score the same sentences of a caption file's split, by turns: the first sentence of each pair
against the others. For every scorer, and for all in one call, it prints the median seconds of both,
METEOR's start included, their ratio, and the largest difference of a score, of the set or of a
pair, as a fraction.

Example:
    python tools/analysis_tools/benchmark_scorers.py data/LEVIR-CC/LevirCCcaptions.json
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from mmrsicc.datasets.caption_file import read_split
from mmrsicc.evaluation.scores.caption_scores import SCORERS, CaptionScores, caption_scores
from mmrsicc.evaluation.scores.java import java_on_path
from mmrsicc.evaluation.scores.meteor15 import files, paraphrases

#: Scores of the set and of its pairs, as fractions, by name.
Scores = dict[str, tuple[float, list[float]]]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Benchmark the scorers",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("ann_file", help="caption file; at least two sentences per pair")
    parser.add_argument("--split", default="test")
    parser.add_argument("--scorers", nargs="+", choices=SCORERS, default=SCORERS)
    parser.add_argument("--repeats", type=int, default=3, help="repeats; the median counts")
    return parser.parse_args()


def pycocoevalcap_scores(names: Sequence[str], references: dict, predictions: dict) -> Scores:
    """Scorers of pycocoevalcap."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.meteor.meteor import Meteor
    from pycocoevalcap.rouge.rouge import Rouge

    res = {pair: [text] for pair, text in predictions.items()}
    scores: Scores = {}
    if "BLEU" in names:
        whole, each = Bleu(4).compute_score(references, res, verbose=0)
        scores |= {f"BLEU-{n + 1}": (whole[n], each[n]) for n in range(4)}
    for name, scorer in {"METEOR": Meteor, "ROUGE-L": Rouge, "CIDEr-D": Cider}.items():
        if name in names:
            with java_on_path():
                scores[name] = scorer().compute_score(references, res)
    return scores


def our_scores(names: Sequence[str], references: dict, predictions: dict) -> Scores:
    """Scorers of mmrsicc, their tables read again."""
    files.read_tables.cache_clear()
    paraphrases.read_paraphrases.cache_clear()
    return as_fractions(caption_scores(references, predictions, names))


def as_fractions(scores: CaptionScores) -> Scores:
    """Scores of :func:`caption_scores` in the form of pycocoevalcap's."""
    return {
        name: (whole / 100, [value / 100 for value in scores.sentences[name].values()])
        for name, whole in scores.corpus.items()
        if name != "Sm"
    }


def timed(function: Callable[..., Scores], *args: Any) -> tuple[float, Scores]:
    """Seconds and result."""
    start = time.perf_counter()
    result = function(*args)
    return time.perf_counter() - start, result


def largest_difference(ours: Scores, theirs: Scores) -> float:
    """Over the set and all pairs."""
    return max(
        float(np.abs(np.subtract([whole, *each], [theirs[name][0], *theirs[name][1]])).max())
        for name, (whole, each) in ours.items()
    )


def main() -> None:
    args = parse_args()
    records = read_split(args.ann_file, args.split)
    references = {record.pair_id: list(record.captions[1:]) for record in records}
    predictions = {record.pair_id: record.captions[0] for record in records}

    table = Table("scorers", "pycocoevalcap (s)", "mmrsicc (s)", "ratio", "largest difference")
    together = [args.scorers] if len(args.scorers) > 1 else []
    for names in [*([name] for name in args.scorers), *together]:
        seconds = []
        for _ in range(args.repeats):
            theirs_took, theirs = timed(pycocoevalcap_scores, names, references, predictions)
            ours_took, ours = timed(our_scores, names, references, predictions)
            seconds.append((theirs_took, ours_took))
        theirs_median, ours_median = map(statistics.median, zip(*seconds, strict=True))
        table.add_row(
            " ".join(names),
            f"{theirs_median:.2f}",
            f"{ours_median:.2f}",
            f"{ours_median / theirs_median:.2f}",
            f"{largest_difference(ours, theirs):.1e}",
        )
    Console(width=100).print(f"{len(records)} pairs, median of {args.repeats}", table)


if __name__ == "__main__":
    main()
