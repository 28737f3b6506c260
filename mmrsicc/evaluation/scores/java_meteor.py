"""METEOR 1.5, the reference implementation, as a Java process that is always closed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from mmrsicc.evaluation.scores.java import java_on_path
from mmrsicc.utils.extras import import_extra

#: (references, one prediction each) by pair id -> (score of the set, score of each pair).
MeteorScorer = Callable[[Mapping[str, Sequence[str]], Mapping[str, str]], tuple[float, list[float]]]


@contextmanager
def java_meteor() -> Iterator[MeteorScorer]:
    """Start METEOR (English, ``-norm``) once, for as many sets of sentences as wanted.

    Most of the time goes into the start (some seconds), hence a context manager. The process talks
    in lines whose fields are parted by ``|||``: a line break in a sentence would shift every later
    answer and ``|||`` in a reference would make two of it, so both become a space. An empty
    prediction is a valid line and scores 0.

    Follows Denkowski and Lavie, "Meteor Universal", WMT 2014, through pycocoevalcap.

    Raises:
        RuntimeError: No Java runtime; or the process failed, with what it wrote to stderr.
    """
    program = import_extra("pycocoevalcap.meteor.meteor")
    with java_on_path() as java:
        meteor = program.Meteor()

    def score(
        references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
    ) -> tuple[float, list[float]]:
        gts = {pair: [_one_field(text) for text in texts] for pair, texts in references.items()}
        res = {pair: [_one_field(predictions[pair])] for pair in references}
        try:
            return meteor.compute_score(gts, res)
        except (OSError, ValueError) as error:
            meteor.meteor_p.kill()
            said = meteor.meteor_p.stderr.read().decode(errors="replace").strip()
            raise RuntimeError(
                f"METEOR's Java process failed: {said or error}\n"
                f"Check that `{java} -version` works, or leave METEOR out of `scorers`"
            ) from error

    try:
        yield score
    finally:
        _close(meteor)


def _one_field(text: str) -> str:
    return " ".join(text.replace("|||", " ").split())


def _close(meteor: Any) -> None:
    process = meteor.meteor_p
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        # Closing flushes, which fails if the process has died.
        with suppress(OSError):
            pipe.close()
    # pycocoevalcap keeps its lock after an error, and its destructor would wait forever.
    if meteor.lock.locked():
        meteor.lock.release()
