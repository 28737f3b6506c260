"""Word-level vocabulary, the tokenizer of most published change captioners."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrsicc.datasets.caption_file import parse_record, read_caption_file
from mmrsicc.registry import TOKENIZERS

#: Names of the special entries where none are given.
SPECIALS = {"pad": "<pad>", "unk": "<unk>", "start": "<start>", "end": "<end>"}
_CHG2CAP_SPECIALS = {"pad": "<NULL>", "unk": "<UNK>", "start": "<START>", "end": "<END>"}


@dataclass(frozen=True)
class Preset:
    """Preset of a published vocabulary.

    Attributes:
        min_count: Words that occur less often over all splits are unknown.
        specials: Names of the special entries.
        rsicc_order: Words by first appearance between padding and the other specials; else the
            specials lead and words follow alphabetically.
    """

    min_count: int
    specials: dict[str, str]
    rsicc_order: bool = False


#: Vocabularies of RSICCformer (Liu et al. 2022), MCI (Change-Agent, Liu et al. 2024) and Chg2Cap
#: (Chang and Ghamisi 2023). All count over every split, test included: comparable with the papers,
#: but not clean.
PRESETS = {
    "rsicc": Preset(min_count=6, specials=SPECIALS, rsicc_order=True),
    "levir_mci": Preset(min_count=6, specials=_CHG2CAP_SPECIALS),
    "chg2cap": Preset(min_count=5, specials=_CHG2CAP_SPECIALS),
}


@TOKENIZERS.register_module()
class Vocabulary:
    """Words and their ids.

    Give either ``words`` (what a checkpoint holds, see :meth:`to_dict`) or ``ann_file``.

    Args:
        words: All entries in order of id, specials among them.
        specials: Names of the special entries: ``pad``, ``unk``, ``start``, ``end``. Default:
            ``<pad>``, ``<unk>``, ``<start>``, ``<end>``.
        ann_file: Caption file, or folder of them, to count words in (see
            :mod:`mmrsicc.datasets.caption_file`).
        splits: Splits to count in. Train alone by default: the other splits must not leak.
        min_count: Rarer words are unknown.
        preset: ``rsicc``, ``levir_mci`` or ``chg2cap``: a published vocabulary's counting, order
            and specials in place of ``splits``, ``min_count`` and ``specials``.

    Raises:
        FileNotFoundError: If there is no caption file.
        ValueError: If arguments do not go together, a split or preset does not exist, no word is
            left, a word occurs twice or a special is missing.
    """

    def __init__(
        self,
        words: Sequence[str] | None = None,
        specials: dict[str, str] | None = None,
        ann_file: str | None = None,
        splits: Sequence[str] = ("train",),
        min_count: int = 5,
        preset: str | None = None,
    ) -> None:
        if (words is None) == (ann_file is None):
            raise ValueError("a vocabulary needs either words or ann_file, and not both")
        if preset is not None and preset not in PRESETS:
            raise ValueError(f"no vocabulary preset {preset!r}: choose one of {sorted(PRESETS)}")
        if preset is not None:
            specials = PRESETS[preset].specials
        self.specials = dict(SPECIALS if specials is None else specials)
        if ann_file is not None and preset is not None:
            chosen = PRESETS[preset]
            counts = count_words(ann_file, None)
            words = _arrange(counts, chosen.min_count, self.specials, chosen.rsicc_order)
        elif ann_file is not None:
            words = _arrange(count_words(ann_file, splits), min_count, self.specials)
        assert words is not None
        self.words = list(words)
        self._check(ann_file)
        self._ids = {word: i for i, word in enumerate(self.words)}
        self.pad_id, self.unk_id, self.start_id, self.end_id = (
            self._ids[self.specials[role]] for role in ("pad", "unk", "start", "end")
        )

    def _check(self, ann_file: str | None) -> None:
        if set(self.specials) != set(SPECIALS):
            raise ValueError(f"specials has keys {sorted(self.specials)}: give {sorted(SPECIALS)}")
        missing = [name for name in self.specials.values() if name not in self.words]
        if missing:
            raise ValueError(
                f"the vocabulary lacks its special entries {missing}: add them to words, or say "
                "with specials=dict(pad=..., unk=..., start=..., end=...) what they are called"
            )
        if len(self.words) <= len(self.specials):
            raise ValueError(
                f"the vocabulary{f' of {ann_file}' if ann_file else ''} has no word: lower "
                "min_count or choose splits that have captions"
            )
        twice = [word for word, n in Counter(self.words).items() if n > 1]
        if twice:
            raise ValueError(f"the vocabulary has words more than once, remove one: {twice[:10]}")

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, sentence: str, add_special: bool = True) -> list[int]:
        """Ids of a sentence's words, which are what white space separates.

        Args:
            sentence: Words joined by spaces.
            add_special: Put start before and end after them.
        """
        ids = [self._ids.get(word, self.unk_id) for word in sentence.split()]
        return [self.start_id, *ids, self.end_id] if add_special else ids

    def decode(self, ids: Iterable[int]) -> str:
        """Sentence of a sequence of ids, up to the first end; specials are left out.

        It is in lower case, as captions are read, whatever the vocabulary's case.

        Raises:
            ValueError: If an id is outside the vocabulary.
        """
        dropped = {self.pad_id, self.unk_id, self.start_id}
        words = []
        for i in map(int, ids):
            if i == self.end_id:
                break
            if not 0 <= i < len(self.words):
                raise ValueError(
                    f"id {i} is outside a vocabulary of {len(self)} words: the ids come from "
                    "another vocabulary, use the one in the checkpoint"
                )
            if i not in dropped:
                words.append(self.words[i])
        return " ".join(words).lower()

    def to_dict(self) -> dict[str, Any]:
        """Config that builds this vocabulary again with no data set on disk."""
        return {"type": "Vocabulary", "words": list(self.words), "specials": dict(self.specials)}


def count_words(ann_file: str | Path, splits: Sequence[str] | None) -> Counter[str]:
    """Counts of each word of a caption file, in order of first appearance.

    Args:
        ann_file: Caption file.
        splits: Splits to count in, or None for all.

    Raises:
        ValueError: If a split has no record.
    """
    raw = read_caption_file(ann_file)
    records = [parse_record(entry, i, ann_file) for i, entry in enumerate(raw)]
    present = {record.split for record in records}
    absent = [] if splits is None else [split for split in splits if split not in present]
    if absent:
        raise ValueError(f"{ann_file} has no split {absent}: it has {sorted(present)}")
    counts: Counter[str] = Counter()
    for record in records:
        if splits is None or record.split in splits:
            for caption in record.captions:
                counts.update(caption.split())
    return counts


def _arrange(
    counts: Counter[str], min_count: int, specials: dict[str, str], rsicc_order: bool = False
) -> list[str]:
    """Specials and sufficiently frequent words, in order of id."""
    pad, *others = (specials[role] for role in SPECIALS)
    words = [word for word, count in counts.items() if count >= min_count]
    return [pad, *words, *others] if rsicc_order else [pad, *others, *sorted(words)]
