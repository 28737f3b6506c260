"""METEOR's table of paraphrases: five million pairs of phrases of up to seven words."""

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache

from mmrsicc.evaluation.scores.meteor15.files import meteor_file

#: Words in the longest phrase of the table.
MAX_WORDS = 7

# Bytes of text between two entries of the index. Small, since a look-up reads that much.
_BLOCK = 1 << 11


class ParaphraseTable:
    """The table as one text, searched by bisection: building a dictionary takes far longer.

    An entry is three lines: a probability (not used here), a phrase, its paraphrase. Entries are
    sorted by their phrase, then by paraphrase, both by their bytes.

    Args:
        packed: The gzipped text.
    """

    def __init__(self, packed: bytes) -> None:
        size = int.from_bytes(packed[-4:], "little")
        self._text = zlib.decompress(packed, wbits=zlib.MAX_WBITS | 16, bufsize=size)
        self._starts = list(self._entries_near_every_block())
        self._phrases = [self._line(self._line_end(start)) for start in self._starts]

    def among(self, phrases: Iterable[str]) -> dict[str, list[str]]:
        """Entries with both sides among ``phrases``: paraphrases by phrase, as sorted."""
        wanted = {phrase.encode(): phrase for phrase in phrases}
        found = {}
        for key, phrase in wanted.items():
            hits = [wanted[other] for other in self._paraphrases(key) if other in wanted]
            if hits:
                found[phrase] = hits
        return found

    def _entries_near_every_block(self) -> Iterator[int]:
        """Offsets of entries, about a block apart. Counting lines says where one begins."""
        lines, start = 0, 0
        while start < len(self._text):
            yield start
            lines = self._text.count(b"\n", start, start + _BLOCK)
            start += _BLOCK
            for _ in range(3 - lines % 3):
                start = self._line_end(start)

    def _line_end(self, start: int) -> int:
        """Start of the line after the one at ``start``."""
        end = self._text.find(b"\n", start) + 1
        return end if end else len(self._text)

    def _line(self, start: int) -> bytes:
        return self._text[start : self._line_end(start) - 1]

    def _paraphrases(self, phrase: bytes) -> Iterator[bytes]:
        # The first entry of a phrase follows the last block that begins with a smaller one.
        block = max(bisect_left(self._phrases, phrase) - 1, 0)
        stop = self._starts[block + 1] + _BLOCK if block + 1 < len(self._starts) else None
        start = self._starts[block]
        hit = start
        while (hit := self._text.find(b"\n%b\n" % phrase, hit, stop)) >= 0:
            # It may be a phrase or a paraphrase: before a phrase come full entries and one line.
            if self._text.count(b"\n", start, hit) % 3 == 0:
                break
            hit += 1
        else:
            return
        line = hit + 1
        while self._line(line) == phrase:
            line = self._line_end(line)
            yield self._line(line)
            line = self._line_end(self._line_end(line))


@cache
def read_paraphrases() -> ParaphraseTable:
    """The English table, read once a process, in about a second.

    Raises:
        RuntimeError: It is missing.
    """
    return ParaphraseTable(meteor_file("data/paraphrase-en.gz").read_bytes())
