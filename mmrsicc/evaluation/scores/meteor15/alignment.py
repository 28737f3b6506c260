"""METEOR's choice among the possible matches of two sentences: a beam search."""

from collections.abc import Sequence
from operator import itemgetter

from mmrsicc.evaluation.scores.meteor15.matching import EXACT, Match

_BEAM = 40

# A partial alignment is a plain tuple, since there are many:
# - its cost: one number that sorts by more weight, then fewer chunks, then less distance;
# - where in the tested sentence its open chunk ends, _CLOSED without one;
# - the words taken of the tested sentence and of the reference, as bits;
# - its matches as a linked list: the last one and the list before it.
_Path = tuple[int, int, int, int, tuple | None]
_WEIGHT, _CHUNK = 1 << 40, 1 << 20
_CLOSED = -1


def align(possible: Sequence[Sequence[Match]], test_length: int) -> list[Match]:
    """Choose matches that do not overlap, as METEOR 1.5 does.

    Walks over the reference, word by word. The best alignment weighs most, then has the fewest
    chunks. Three ways of the original program show in its scores, and so they are kept:

    - An exact match weighs as much as it has words, any other half of that, cut to a whole number
      on each side: these are not the weights of the score. So a word that matches by its stem
      weighs nothing, and where there is a choice, it is matched only if that costs no chunk.
    - A match adds its distance not to the alignments that have it, but to those that come after it
      in the search and do without it.
    - Matches that compete with no other are settled beforehand.

    Args:
        possible: Possible matches by their first word in the reference.
        test_length: Words of the tested sentence.

    Returns:
        The matches in the order of the reference.
    """
    settled = {match.start: match for match in _settled(possible, test_length)}
    test_used = sum(_bits(match.test_start, match.test_length) for match in settled.values())
    used = sum(_bits(match.start, match.length) for match in settled.values())
    paths: list[_Path] = [(0, _CLOSED, test_used, used, None)]
    for word, candidates in enumerate(possible):
        if word in settled:
            paths = _take(paths, settled[word])
        elif not used >> word & 1:
            paths = _choose(paths, word, candidates)
        paths.sort(key=itemgetter(0))
        del paths[_BEAM:]
    return _unrolled(min(map(_close, paths), key=itemgetter(0)))


def count_chunks(matches: Sequence[Match]) -> int:
    """Runs of matches that are adjacent, and in the same order, in both sentences."""
    ends = {(match.start + match.length, match.test_start + match.test_length) for match in matches}
    return sum((match.start, match.test_start) not in ends for match in matches)


def _settled(possible: Sequence[Sequence[Match]], test_length: int) -> list[Match]:
    """Matches none of whose words could be matched otherwise."""
    coverage, test_coverage = [0] * len(possible), [0] * test_length
    for match in (match for candidates in possible for match in candidates):
        for i in range(match.start, match.start + match.length):
            coverage[i] += 1
        for i in range(match.test_start, match.test_start + match.test_length):
            test_coverage[i] += 1
    return [
        match
        for candidates in possible
        for match in candidates
        if max(coverage[match.start : match.start + match.length]) == 1
        and max(test_coverage[match.test_start : match.test_start + match.test_length]) == 1
    ]


def _take(paths: Sequence[_Path], match: Match) -> list[_Path]:
    """Every path with a settled match, whose words are taken from the beginning."""
    start, worth = match.test_start, _worth(match)
    end = start + match.test_length
    return [
        (cost - worth + _break(before, start), end, test_used, used, (match, last))
        for cost, before, test_used, used, last in paths
    ]


def _choose(paths: Sequence[_Path], word: int, candidates: Sequence[Match]) -> list[_Path]:
    """Every path with each of the candidates that fits, and without any."""
    options = [
        (
            match,
            _bits(match.test_start, match.test_length),
            _bits(match.start, match.length),
            _worth(match),
            abs(match.start - match.test_start),
        )
        for match in candidates
    ]
    chosen: list[_Path] = []
    for path in paths:
        cost, end, test_used, used, last = path
        if used >> word & 1:
            chosen.append(path)
            continue
        for match, test_bits, bits, worth, distance in options:
            if not (test_used & test_bits or used & bits):
                start = match.test_start
                chosen.append(
                    (
                        cost - worth + _break(end, start),
                        start + match.test_length,
                        test_used | test_bits,
                        used | bits,
                        (match, last),
                    )
                )
                cost += distance
        chosen.append(_close((cost, end, test_used, used, last)))
    return chosen


def _bits(start: int, length: int) -> int:
    return ((1 << length) - 1) << start


def _worth(match: Match) -> int:
    if match.stage == EXACT:
        return 2 * _WEIGHT
    return (match.test_length // 2 + match.length // 2) * _WEIGHT


def _break(end: int, start: int) -> int:
    """Cost of a match at ``start`` that does not go on with the open chunk."""
    return 0 if end in (_CLOSED, start) else _CHUNK


def _close(path: _Path) -> _Path:
    cost, end, test_used, used, last = path
    return path if end == _CLOSED else (cost + _CHUNK, _CLOSED, test_used, used, last)


def _unrolled(path: _Path) -> list[Match]:
    matches, last = [], path[-1]
    while last is not None:
        match, last = last
        matches.append(match)
    return matches[::-1]
